// Names and codes that the modules and the bench share.
//
// The numbers are an interface: testbench/ repeats them in C++ (testbench/encode.h), and the order of
// mappings and step kinds is that of sim/arith/product.h and sim/model/program.h.

package capsacc_pkg;

  // Operand mapping; docs/numerics.md section 3.
  typedef enum logic [1:0] {
    MapSignMagnitude = 2'd0,
    MapAligned       = 2'd1,
    MapAffine        = 2'd2
  } mapping_e;

  // Steps of a program; sim/model/program.h.
  typedef enum logic [2:0] {
    StepLoad    = 3'd0,
    StepStore   = 3'd1,
    StepConv    = 3'd2,
    StepSquash  = 3'd3,
    StepVotes   = 3'd4,
    StepSoftmax = 3'd5,
    StepSum     = 3'd6,
    StepUpdate  = 3'd7
  } step_e;

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

endpackage
