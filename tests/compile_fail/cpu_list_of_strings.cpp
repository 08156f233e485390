// error: integers for cpu_list and fd_list, strings or paths for
// Processors are numbers.
#include <braid/thread/options.hpp>

void spawn(const braid::thread::options&);
void call() { spawn({.cpus = {"0", "1"}}); }
