#include "tools/streamql/status_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace streamql::cli {

namespace {

std::string short_number(double n) {
    if (n >= 1e9) return fmt::format("{:.1f}G", n / 1e9);
    if (n >= 1e6) return fmt::format("{:.1f}M", n / 1e6);
    if (n >= 1e4) return fmt::format("{:.1f}k", n / 1e3);
    return fmt::format("{:.0f}", n);
}

std::string lag_text(int64_t micros) {
    const double s = static_cast<double>(micros) / 1e6;
    if (s < 120) return fmt::format("{:.1f} s", s);
    if (s < 7200) return fmt::format("{:.0f} min", s / 60);
    if (s < 172800) return fmt::format("{:.1f} h", s / 3600);
    return fmt::format("{:.0f} d", s / 86400);
}

}  // namespace

std::string status_text(const StatusSnapshot& s) {
    std::string t =
        s.degraded.empty() ? "" : "DEGRADED: " + s.degraded + "  ";  // first: a narrow terminal cuts the end
    t += fmt::format("in {}/s ({})  out {}/s ({})", short_number(s.rate_in),
                     short_number(static_cast<double>(s.rows_in)), short_number(s.rate_out),
                     short_number(static_cast<double>(s.rows_out)));
    if (s.watermark != kMinTime) {
        t += "  watermark " + time_text(s.watermark);
        std::string why = s.watermark != kMaxTime && s.lag_micros >= 0 ? "lag " + lag_text(s.lag_micros) : "";
        if (!s.held_by.empty()) why += (why.empty() ? "" : ", ") + ("held by " + s.held_by);
        if (!why.empty()) t += " (" + why + ")";
    }
    if (s.state_rows)
        t += fmt::format("  state {} rows {}B", short_number(static_cast<double>(s.state_rows)),
                         short_number(static_cast<double>(s.state_bytes)));
    t += fmt::format("  late {}  dead letters {}", s.late, s.dead_letters);
    return t;
}

StatusLine::StatusLine(bool enabled) : enabled_(enabled && isatty(STDERR_FILENO)) {}

void StatusLine::draw(const StatusSnapshot& s) {
    if (!enabled_) return;
    winsize size{};
    const size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1 : 119;
    std::string text = status_text(s);
    if (text.size() > width) text.resize(width);
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    drawn_ = true;
}

void StatusLine::clear() {
    if (!drawn_) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    drawn_ = false;
}

}  // namespace streamql::cli
