// error: pass by std::ref what the function takes by reference
// The function would change a copy.
#include <braid/thread/spawn.hpp>

void call() {
    int n = 0;
    braid::thread::spawn([](int& to) { ++to; }, n);
}
