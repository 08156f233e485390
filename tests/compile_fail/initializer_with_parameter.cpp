// error: an initializer is called without arguments
// An initializer gets nothing.
#include <braid/thread/options.hpp>

void pool(const braid::thread::pool_options&);
void call() {
    pool({.initializer = [](int) {}});
}
