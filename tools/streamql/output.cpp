#include "tools/streamql/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtime/base/result.h"

namespace streamql::cli {

namespace {

int failed_with = 0;  // errno of the first write to stdout that failed

int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n >= 0) {
            text.remove_prefix(static_cast<size_t>(n));
        } else if (errno == EAGAIN) {
            pollfd ready{fd, POLLOUT, 0};  // somebody else's descriptor, made non-blocking by them
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace

void prepare_streams() {
    // opened the wrong way round, so that using it fails as a closed one would
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    std::signal(SIGPIPE, SIG_IGN);
}

void print_text(std::string_view text) {
    if (failed_with == 0) failed_with = write_all(STDOUT_FILENO, text);
}

void say_text(std::string_view text) { write_all(STDERR_FILENO, text); }

bool output_ok() { return failed_with == 0; }

bool reader_gone() {
    if (failed_with == EPIPE) return true;
    pollfd out{STDOUT_FILENO, 0, 0};
    return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

int end_output(int code) {
    if (failed_with == 0) return code;
    if (failed_with == EPIPE) return code ? code : kReaderGone;
    say("error: cannot write to standard output: {}\n", std::strerror(failed_with));
    return code ? code : static_cast<int>(ErrorCode::kOutside);
}

}  // namespace streamql::cli
