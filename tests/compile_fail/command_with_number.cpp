// error: integers for cpu_list and fd_list, strings or paths for
// Arguments are strings: a number needs std::to_string.
#include <braid/core/command.hpp>

void run(const braid::command&);
void call() { run({"sleep", 5}); }
