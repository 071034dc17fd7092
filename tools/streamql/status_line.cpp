#include "tools/streamql/status_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "tools/streamql/output.h"

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

std::string seconds_text(int64_t micros) {
    return fmt::format("{} s", (std::max<int64_t>(micros, 0) + 999'999) / 1'000'000);
}

/// "clicks[1] and 2 more"
std::string holder_text(const WatermarkHold& hold) {
    return hold.others > 0 ? fmt::format("{} and {} more", hold.split, hold.others) : hold.split;
}

/// "held by clicks[1], silent for 12 s, idle in 18 s"
std::string hold_text(const WatermarkHold& hold) {
    if (hold.split.empty()) return {};
    std::string t = "held by " + holder_text(hold);
    if (hold.watermark == kMinTime) t += hold.others > 0 ? ", no rows from them yet" : ", no row from it yet";
    if (hold.silent_micros < 0) return t;
    if (hold.watermark != kMinTime) t += ", silent for " + lag_text(hold.silent_micros);
    return t + (hold.idle_timeout < 0 ? ", never idle (idle_timeout is off)"
                                      : ", idle in " + seconds_text(hold.idle_timeout - hold.silent_micros));
}

std::string watermark_text(const StatusSnapshot& s) {
    if (!s.timed) return {};
    std::string why =
        s.watermark != kMinTime && s.watermark != kMaxTime && s.lag_micros >= 0 ? "lag " + lag_text(s.lag_micros) : "";
    const std::string hold = s.watermark == kMaxTime ? "" : hold_text(s.hold);
    if (!hold.empty()) why += (why.empty() ? "" : ", ") + hold;
    return fmt::format("  watermark {}{}", s.watermark == kMinTime ? "none yet" : time_text(s.watermark),
                       why.empty() ? "" : " (" + why + ")");
}

}  // namespace

std::string status_text(const StatusSnapshot& s) {
    std::string t =
        s.degraded.empty() ? "" : "DEGRADED: " + s.degraded + "  ";  // first: a narrow terminal cuts the end
    t += fmt::format("in {}/s ({})  out {}/s ({})", short_number(s.rate_in),
                     short_number(static_cast<double>(s.rows_in)), short_number(s.rate_out),
                     short_number(static_cast<double>(s.rows_out)));
    t += watermark_text(s);
    if (s.state_rows)
        t += fmt::format("  state {} rows {}B", short_number(static_cast<double>(s.state_rows)),
                         short_number(static_cast<double>(s.state_bytes)));
    t += fmt::format("  late {}  dead letters {}", s.late, s.dead_letters);
    return t;
}

namespace {
constexpr std::chrono::seconds kBetweenLines{10};
}

StatusLine::StatusLine(bool regular, std::function<void(const std::string&)> log)
    : regular_(regular), terminal_(regular && isatty(STDERR_FILENO)), log_(std::move(log)) {}

void StatusLine::show(const StatusSnapshot& s) {
    const auto now = Steady::now();
    show_degraded(s, now);
    if (terminal_) return draw(s);
    if (!regular_ || now - logged_ < kBetweenLines) return;
    logged_ = now;
    log_("status: " + status_text(s));
}

void StatusLine::show_degraded(const StatusSnapshot& s, Steady::time_point now) {
    if (s.degraded == degraded_) return;
    if (s.degraded.empty()) {
        clear();
        const double seconds = std::chrono::duration<double>(now - degraded_since_).count();
        log_(fmt::format("recovered after {:.1f} s", seconds));
    } else {
        if (degraded_.empty()) degraded_since_ = now;
        // a cause that is put in other words at each attempt is not news
        if (!degraded_.empty() && now - degraded_said_ < kBetweenLines) return;
        clear();
        log_("DEGRADED: " + s.degraded + "; trying again");
        degraded_said_ = now;
    }
    degraded_ = s.degraded;
}

void StatusLine::draw(const StatusSnapshot& s) {
    winsize size{};
    const size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1 : 119;
    std::string text = status_text(s);
    if (text.size() > width) text.resize(width);
    say("\r\033[K{}", text);
    drawn_ = true;
}

void StatusLine::clear() {
    if (!drawn_) return;
    say("\r\033[K");
    drawn_ = false;
}

}  // namespace streamql::cli
