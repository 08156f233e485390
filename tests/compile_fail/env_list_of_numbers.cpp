// error: integers for cpu_list and fd_list, strings or paths for
// A range of the wrong elements is refused as the elements are.
#include <braid/process/run_options.hpp>

#include <vector>

void run(const braid::process::run_options&);
void call(const std::vector<int>& v) { run({.env = v}); }
