#include "runtime/base/faults.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>

namespace streamql {

std::atomic<bool> faults_armed{false};

namespace {

struct Fault {
    std::string point;
    int64_t at = 1;
    bool lasting = false;  ///< every call from `at` on
    int error = 0;         ///< errno or kTornWrite
    bool kill = false;
    int64_t clock_shift = 0;
    std::atomic<int64_t> calls{0};

    bool strikes() {
        const int64_t n = calls.fetch_add(1, std::memory_order_relaxed) + 1;
        return n == at || (lasting && n > at);
    }
};

std::list<Fault>& plan() {
    static std::list<Fault> faults;
    return faults;
}

std::atomic<int64_t> clock_shift{0};

constexpr struct {
    const char* name;
    int value;
} kErrors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},         {"EACCES", EACCES},
               {"EROFS", EROFS},   {"ENOENT", ENOENT}, {"EMFILE", EMFILE},         {"EPIPE", EPIPE},
               {"EAGAIN", EAGAIN}, {"EINTR", EINTR},   {"ECONNRESET", ECONNRESET}, {"ETIMEDOUT", ETIMEDOUT}};

bool read_number(std::string_view text, int64_t& out) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

bool read_effect(std::string_view text, Fault& out) {
    int64_t seconds = 0;
    if (text == "kill") {
        out.kill = true;
    } else if (text == "tear") {
        out.error = kTornWrite;
    } else if (!text.empty() && (text[0] == '+' || text[0] == '-') && read_number(text.substr(1), seconds)) {
        out.clock_shift = (text[0] == '-' ? -seconds : seconds) * 1'000'000;
    } else {
        for (auto& e : kErrors)
            if (text == e.name) out.error = e.value;
    }
    return out.kill || out.error != 0 || out.clock_shift != 0;
}

/// POINT:N[+]=WHAT
bool read_fault(std::string_view text, Fault& out) {
    const size_t equals = text.find('=');
    const size_t colon = text.find(':');
    if (equals == std::string_view::npos || colon == std::string_view::npos || colon > equals) return false;
    out.point = text.substr(0, colon);
    std::string_view number = text.substr(colon + 1, equals - colon - 1);
    if (number.ends_with('+')) {
        out.lasting = true;
        number.remove_suffix(1);
    }
    return !out.point.empty() && read_number(number, out.at) && out.at > 0 && read_effect(text.substr(equals + 1), out);
}

bool names(std::string_view point, std::string_view area, std::string_view operation) {
    if (point == operation) return true;
    return point.size() == area.size() + 1 + operation.size() && point.starts_with(area) && point[area.size()] == '.' &&
           point.ends_with(operation);
}

[[maybe_unused]] const bool armed_by_environment = [] {
    const char* text = std::getenv("STREAMQL_FAULT");
    if (!text) return false;
    if (Status s = arm_faults(text); !s) {
        std::fprintf(stderr, "error: %s\n  help: %s\n", s.error().message.c_str(), s.error().help.c_str());
        std::_Exit(static_cast<int>(s.error().code));
    }
    return true;
}();

}  // namespace

Status arm_faults(std::string_view text) {
    faults_armed = false;
    clock_shift = 0;
    plan().clear();
    for (size_t from = 0; from < text.size();) {
        const size_t comma = std::min(text.find(',', from), text.size());
        if (!read_fault(text.substr(from, comma - from), plan().emplace_back())) {
            plan().clear();
            return Error{ErrorCode::kUsage, "cannot read the fault plan \"" + std::string(text) + "\"",
                         "POINT:N=WHAT with commas, as in fsync:3=EIO,sink.write:5+=ENOSPC,rename:1=kill", false};
        }
        from = comma + 1;
    }
    faults_armed = !plan().empty();
    return {};
}

int planned_fault(std::string_view area, std::string_view operation) {
    int error = 0;
    for (Fault& f : plan()) {
        if (!names(f.point, area, operation) || !f.strikes()) continue;
        std::fprintf(stderr, "fault on purpose: %.*s.%.*s, call %lld\n", static_cast<int>(area.size()), area.data(),
                     static_cast<int>(operation.size()), operation.data(), static_cast<long long>(f.calls.load()));
        if (f.kill) std::raise(SIGKILL);
        clock_shift.fetch_add(f.clock_shift, std::memory_order_relaxed);
        if (f.error != 0) error = f.error;
    }
    return error;
}

Status fault_point(std::string_view area, std::string_view operation) {
    const int error = fault_at(area, operation);
    if (error == 0) return {};
    return Error{ErrorCode::kOutside,
                 "fault on purpose at " + std::string(area) + "." + std::string(operation) + ": " +
                     (error > 0 ? std::strerror(error) : "torn"),
                 "STREAMQL_FAULT asks for it", true};
}

int64_t planned_clock_shift() {
    if (!faults_armed.load(std::memory_order_relaxed)) return 0;
    planned_fault("clock", "now");
    return clock_shift.load(std::memory_order_relaxed);
}

}  // namespace streamql
