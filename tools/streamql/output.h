// The one place where the command line writes: results to stdout, everything else to stderr.
//
// What: print() writes at once and remembers the first failure; end_output() turns it into the exit code, so that no
// command loses output and says 0. A full disk or a closed stdout is an error of the outside world (exit 3, said once);
// a reader that has gone away (`| head`) ends the command without a word, as SIGPIPE ends other tools (141). What
// cannot be said on stderr is not said: that never changes how a command ends. Threading: print() by main's thread,
// say() by any.
#pragma once
#include <fmt/format.h>

#include <string_view>

namespace streamql::cli {

constexpr int kReaderGone = 141;

/// First of all: a descriptor that is closed must not become a file of ours, and a broken pipe is an error, not a
/// signal.
void prepare_streams();

void print_text(std::string_view text);
void say_text(std::string_view text);
template <typename... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
    print_text(fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    say_text(fmt::format(format, std::forward<Args>(args)...));
}

/// False once something could not be written to stdout: whoever makes much output stops here.
bool output_ok();
/// Nobody will read what is written to stdout any more.
bool reader_gone();
/// The exit code of a command that ended with `code`, all its output considered.
int end_output(int code);

}  // namespace streamql::cli
