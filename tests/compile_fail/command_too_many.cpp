// error: too many elements between the braces of this list
// A command of more than 24 strings is passed as a range.
#include <braid/core/command.hpp>

void run(const braid::command&);
void call() {
    run({"1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11", "12", "13",
         "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25"});
}
