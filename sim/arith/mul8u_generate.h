/* Multipliers made from their definitions, as yardsticks beside a library of evolved circuits. */
#ifndef CAS_ARITH_MUL8U_GENERATE_H
#define CAS_ARITH_MUL8U_GENERATE_H

#include "arith/mul8u.h"
#include "base/status.h"

/* P(a, b) = a b. */
void cas_mul8u_make_exact(struct cas_mul8u *mul);

/* Broken-array multiplier: of the partial products a_i b_j 2^(i+j), those of the columns i + j <
 * `columns` (vertical break level, 0..15) and of the rows j < `rows` (horizontal break level, 0..8)
 * are left out.  rows = 0 is the truncated multiplier, without a correction constant.
 * Source: H. R. Mahdiani et al., "Bio-inspired imprecise computational blocks for efficient VLSI
 * implementation of soft-computing applications", IEEE TCAS-I 57(4), 2010; truncation alone: M. J.
 * Schulte and E. E. Swartzlander, "Truncated multiplication with correction constant", 1993.
 * Deviation: rows belong to the second operand (the sources leave the roles open). */
void cas_mul8u_make_broken_array(struct cas_mul8u *mul, int columns, int rows);

/* Mitchell's logarithmic multiplier: with a = 2^k (1 + x), log2 a is taken as k + x, and the
 * antilogarithm likewise; all fraction bits are kept, so nothing is rounded.  A zero operand gives 0.
 * Never above the exact product, and below it by at most 1/9 of it.
 * Source: J. N. Mitchell, "Computer multiplication and division using binary logarithms", IRE
 * Transactions on Electronic Computers EC-11(4), 1962. */
void cas_mul8u_make_mitchell(struct cas_mul8u *mul);

/* DRUM-k: an operand of more than k bits is cut to the k bits from its leading one on, the lowest of
 * which is set to 1 (half of what is cut, in the mean); the product of the two is shifted back.
 * `bits` is 2..8; 8 is exact.
 * Source: S. Hashemi, R. I. Bahar, S. Reda, "DRUM: a dynamic range unbiased multiplier for
 * approximate applications", ICCAD 2015. */
void cas_mul8u_make_drum(struct cas_mul8u *mul, int bits);

/* The signed multiplier without the partial products a_i b_j 2^(i+j) of the columns i + j < `columns`, 0..7;
 * 0 is exact.  A sign bit's partial products lie in the columns from 7 on and are all kept, so that what
 * is left out is never negative: results are at or below the exact product, whatever its sign, by at most
 * (columns - 1) 2^columns + 1.
 * Source: as the truncated multiplier above, on the two's complement array of C. R. Baugh and B. A. Wooley,
 * "A two's complement parallel array multiplication algorithm", IEEE Transactions on Computers C-22, 1973. */
void cas_mul8s_make_truncated(struct cas_mul8u *mul, int columns);

/* By name, which also becomes the table's: EXACT, TRUNC1..TRUNC15 (columns), BAM<columns>-<rows>
 * with columns 1..15 and rows 1..7, MITCHELL, DRUM2..DRUM7; signed: EXACTS, TRUNCS1..TRUNCS7 (columns).
 * Errors: CAS_INPUT for any other name. */
cas_status cas_mul8u_generate(struct cas_mul8u *mul, const char *name, struct cas_err *err);

#endif
