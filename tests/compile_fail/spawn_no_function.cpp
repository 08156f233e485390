// error: braid: this function cannot be a strand's
// A number cannot be called.
#include <braid/thread/spawn.hpp>

void call() { braid::thread::spawn(7); }
