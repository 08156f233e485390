// error: braid: this function cannot be a strand's
// A process is as strict as a thread.
#include <braid/process/spawn.hpp>

void count_to(int);
void call() { braid::process::spawn({.name = "counter"}, count_to, "ten"); }
