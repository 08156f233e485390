// error: braid: this function cannot be a strand's
// A string is no number.
#include <braid/thread/spawn.hpp>

void count_to(int);
void call() { braid::thread::spawn(count_to, "ten"); }
