// error: an initializer is copied, and this one cannot be
// Each thread of a pool runs the initializer, and the pool keeps a copy.
#include <braid/thread/options.hpp>

#include <memory>

void pool(const braid::thread::pool_options&);
void call() {
    pool({.initializer = [p = std::make_unique<int>(1)] { static_cast<void>(p); }});
}
