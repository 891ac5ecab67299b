// Names and codes that the modules and the bench share.
//
// The numbers are an interface: testbench/ repeats them in C++ (testbench/encode.h), and the order of
// mappings and step kinds is that of sim/arith/product.h and sim/model/program.h.

package capsacc_pkg;

  // Operand mapping; docs/numerics.md section 3.
  typedef enum logic [1:0] {
    MapSignMagnitude = 2'd0,
    MapAligned       = 2'd1,
    MapAffine        = 2'd2,
    MapSigned        = 2'd3
  } mapping_e;

  // What moves right through the array: ActBits.
  parameter int unsigned ActBits = 11;

  typedef struct packed {
    logic       swap;   // first vector of a tile
    logic       valid;
    logic       sign;
    logic [7:0] mag;
  } act_t;

  // Steps of a program; sim/model/program.h.
  typedef enum logic [3:0] {
    StepLoad    = 4'd0,
    StepStore   = 4'd1,
    StepConv    = 4'd2,
    StepSquash  = 4'd3,
    StepVotes   = 4'd4,
    StepSoftmax = 4'd5,
    StepSum     = 4'd6,
    StepUpdate  = 4'd7,
    StepAdd     = 4'd8,
    StepPool    = 4'd9
  } step_e;

  // What the host writes; testbench/encode.h.
  typedef enum logic [2:0] {
    HostProgram  = 3'd0,
    HostPrefetch = 3'd1,
    HostBias     = 3'd2,  // lane constants
    HostCoef     = 3'd3,  // squash
    HostExp      = 3'd4,  // softmax
    HostSettings = 3'd5,
    HostWidths   = 3'd6   // psum_bits - 1 in bits 5..0, acc_bits - 1 in 13..8, saturate in 16
  } host_e;

  // Memories as the retire port names them.
  typedef enum logic [2:0] {
    MemData     = 3'd0,
    MemWeight   = 3'd1,
    MemVotes    = 3'd2,
    MemLogits   = 3'd3,
    MemCoupling = 3'd4,
    MemV        = 3'd5
  } mem_e;

  // Which of the installed multipliers a step uses.
  parameter int unsigned MulSelWidth = 3;

  // A step of the program as the host writes it: DescWords words of 64 bits.  testbench/encode.cpp
  // fills them in; fields that a kind does not use are 0.  Widths leave room for every network that
  // the C lowering accepts; products of sizes are made by the host, so that the walkers only add.
  parameter int unsigned DescWords = 16;
  parameter int unsigned UnitTables = 32;  // layers that squash, or that route
  parameter int unsigned AddrWidth = 24;  // of a byte in a buffer

  typedef struct packed {
    // word 15
    logic [31:0] x_jump;         // CONV of votes: streamed, besides x_step from a position's last type on
    logic [15:0] last_type;      // its number
    logic [15:0] zero15;
    // word 14
    logic [31:0] kx_step;        // CONV of votes, POOL: from a place of a kernel's row to the next
    logic [31:0] ld_base;        // SUM: where its votes begin
    // word 13
    logic [31:0] in2_addr;       // ADD: second operand
    logic [15:0] mult2;          // ADD: its multiplier
    logic [6:0]  kx_count;       // CONV of votes, POOL: places of a kernel's row; else 1
    logic [4:0]  table_sel;      // of coefficients, exponentials
    logic        two;            // ADD: two operands
    logic        signed2;        // ADD: the second one's codes are signed
    logic        to_votes;       // CONV: results go to votes memory
    logic        pool_max;       // POOL: the largest code, not the sum
    // word 12
    logic [31:0] bytes;          // LOAD, STORE, ADD
    logic [31:0] dram_addr;      // LOAD, STORE
    // word 11
    logic [15:0] dim;            // SQUASH: elements
    logic [15:0] classes;        // J: row of v, softmax
    logic [31:0] caps;           // I: SUM, SOFTMAX, UPDATE; SQUASH: capsules
    // word 10
    logic [15:0] in_h;           // CONV: rows of the map; else the most
    logic [15:0] y_step;         // CONV: stride
    logic [15:0] y_first;        // CONV: map row of the first vector, signed
    logic [6:0]  beats;          // SQUASH: ceil(dim / lanes)
    logic [3:0]  index_shift;    // SQUASH: g
    logic [4:0]  squash_shift;   // SQUASH: h
    // word 9
    logic [31:0] row_bytes;      // CONV: bytes of a map's row; else the most
    logic [31:0] ld_step;        // SUM, UPDATE: bytes from a stationary row to the next
    // word 8
    logic [31:0] out_p_step;     // result address: from the last vector of a row to the next row
    logic [31:0] out_q_step;     // from a vector to the next
    // word 7
    logic [31:0] outer_out;      // VOTES: result bytes of a capsule
    logic [31:0] outer_in;       // VOTES: input bytes of a capsule
    // word 6
    logic [31:0] group_step;     // streamed: from a k group to the next
    logic [31:0] row_step;       // from a row of vectors to the next
    // word 5
    logic [31:0] x_first;        // signed; padding on the left
    logic [31:0] x_step;         // from a vector to the next
    // word 4
    logic [31:0] q_count;        // vectors of a row (UPDATE: J)
    logic [31:0] p_count;        // rows of vectors
    // word 3
    logic [15:0] blocks_last;    // blocks of vectors against the last block of columns
    logic [15:0] blocks;         // against the others
    logic [31:0] n;
    // word 2
    logic [15:0] outer;          // VOTES: capsules; else 1
    logic [15:0] k_groups;
    logic [31:0] k_per_group;
    // word 1
    logic [31:0] out_addr;
    logic [31:0] in_addr;        // signed
    // word 0
    logic [15:0] bias_row;
    logic [15:0] mult;
    logic [7:0]  constant;       // SUM: the coupling of the skipped first softmax
    logic        zero;
    logic [6:0]  shift;
    logic        hi_255;         // codes 0..255; else -127..127
    logic        lo_0;
    logic        write_v;        // SQUASH: v as well
    logic        last_step;
    logic        replay;         // a block of columns' weights are fetched once
    logic        constant_coupling;
    logic        zero_logits;    // UPDATE: written, not added to; SOFTMAX: read as 0
    logic        chained_softmax;
    logic        a_signed;
    logic [2:0]  mul_sel;
    step_e       kind;
  } desc_t;

endpackage
