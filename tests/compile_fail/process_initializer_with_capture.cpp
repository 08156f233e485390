// error: an initializer for processes must be a function or a function object
// What a lambda captured is not there in another process.
#include <braid/process/options.hpp>

void pool(const braid::process::pool_options&);
void call() {
    int n = 0;
    pool({.initializer = [n] { static_cast<void>(n); }});
}
