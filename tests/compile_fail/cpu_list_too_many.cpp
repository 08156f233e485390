// error: too many elements between the braces of this list
// A list holds what stands between braces; the seventeenth number does not fit.
#include <braid/core/lists.hpp>

braid::cpu_list cpus = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
