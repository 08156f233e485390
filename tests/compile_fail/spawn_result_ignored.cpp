// error: nodiscard
// A handle that is dropped at once would wait for its thread.
#pragma GCC diagnostic error "-Wunused-result"
#include <braid/thread/spawn.hpp>

void call() {
    braid::thread::spawn([] {});
}
