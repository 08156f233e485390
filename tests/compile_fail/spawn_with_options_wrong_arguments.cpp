// error: braid: this function cannot be a strand's
// An argument too few is told in words beside options, too.
#include <braid/thread/spawn.hpp>

void count_to(int);
void call() { braid::thread::spawn({.name = "counter"}, count_to); }
