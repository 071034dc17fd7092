#include "runtime/metrics/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace streamql {

std::string time_text(int64_t micros) {
    if (micros == kMinTime) return "-";
    if (micros == kMaxTime) return "end";
    constexpr int64_t kDay = 86'400'000'000;
    int64_t day = micros / kDay, rest = micros % kDay;
    if (rest < 0) rest += kDay, --day;
    // civil date from days since 1970, in eras of 400 years
    const int64_t shifted = day + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t shifted_month = (5 * day_of_year + 2) / 153;
    const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    const int64_t year = year_of_era + era * 400 + (month <= 2);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1,
                    rest / 3'600'000'000, rest / 60'000'000 % 60, rest / 1'000'000 % 60);
    if (int64_t fraction = rest % 1'000'000) {
        std::string digits = fmt::format("{:06}", fraction);
        while (digits.back() == '0') digits.pop_back();
        text += "." + digits;
    }
    return text + "Z";
}

namespace {

/// Length of the valid UTF-8 sequence at text[at], or 0.
size_t utf8_length(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    const size_t length = first < 0x80                    ? 1
                          : first >= 0xC2 && first < 0xE0 ? 2
                          : first >= 0xE0 && first < 0xF0 ? 3
                          : first >= 0xF0 && first < 0xF5 ? 4
                                                          : 0;
    if (length == 0 || at + length > text.size()) return 0;
    for (size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (length == 3 && ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F))) return 0;
    if (length == 4 && ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))) return 0;
    return length;
}

}  // namespace

void append_valid_utf8(std::string& to, std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const size_t length = text[i] == 0 ? 0 : utf8_length(text, i);
        if (length == 0)
            to += "\xEF\xBF\xBD";
        else
            to.append(text, i, length);
        i += std::max<size_t>(length, 1);
    }
}

void append_json_escaped(std::string& to, std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        const size_t length = utf8_length(text, i);
        if (length == 0) {
            to += "\xEF\xBF\xBD";
            ++i;
            continue;
        }
        if (c == '"' || c == '\\') {
            to += '\\';
            to += static_cast<char>(c);
        } else if (c == '\n') {
            to += "\\n";
        } else if (c < 0x20 || c == 0x7f) {
            fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            to.append(text, i, length);
        }
        i += length;
    }
}

bool QueryReport::balanced() const {
    return std::all_of(lines.begin(), lines.end(), [](const LedgerLine& l) { return l.balanced(); });
}

std::string QueryReport::to_text() const {
    std::string out;
    auto print = [&](const auto& format, auto&&... args) {
        fmt::format_to(std::back_inserter(out), fmt::runtime(format), std::forward<decltype(args)>(args)...);
    };
    size_t name_width = 6, branch_width = 6;
    for (auto& l : lines) {
        name_width = std::max(name_width, l.source.size());
        branch_width = std::max(branch_width, l.branch.size());
    }
    print("{:<{}}  {:<{}}  {:>11} = {:>11} + {:>11} + {:>9} + {:>15} + {:>11} + {:>9}\n", "source", name_width, "into",
          branch_width, "consumed", "applied", "filtered", "late", "late after idle", "dead letter", "skipped");
    for (auto& l : lines) {
        print("{:<{}}  {:<{}}  {:>11} = {:>11} + {:>11} + {:>9} + {:>15} + {:>11} + {:>9}", l.source, name_width,
              l.branch, branch_width, l.consumed, l.applied, l.filtered, l.late, l.late_after_idle, l.dead_letter,
              l.skipped);
        if (l.held) print(" + {} held in state", l.held);
        if (!l.balanced()) print("   DOES NOT ADD UP: {} unaccounted", l.consumed - l.accounted());
        print("\n");
    }
    for (auto& s : sinks) {
        print("sink {}: {} rows", s.name, s.rows);
        if (s.rejected) print(", {} rejected", s.rejected);
        print("\n");
    }
    if (dead_letters > 0) {
        print("dead letters: {}{}\n", dead_letters, dead_letter_file.empty() ? "" : " in " + dead_letter_file);
    }
    print("{} in {:.2f} s, {:.2f} s of CPU, {} epochs, {:.0f} MB at most\n",
          aborted   ? "stopped without finishing the epoch"
          : stopped ? "stopped"
                    : "done",
          wall_micros / 1e6, cpu_micros / 1e6, epochs, peak_memory_bytes / 1e6);
    if (!balanced() && !aborted) print("internal error: the ledger does not add up; please report this\n");
    return out;
}

namespace {

/// Writes JSON objects by hand: this is all the JSON that the runtime's metrics need.
class JsonText {
  public:
    void open(char c) { comma(), text_ += c, first_ = true; }
    void close(char c) { text_ += c, first_ = false; }
    void key(std::string_view k) {
        comma();
        text_ += '"';
        append_json_escaped(text_, k);
        text_ += "\":";
        first_ = true;
    }
    void value(std::string_view v) {
        comma();
        text_ += '"';
        append_json_escaped(text_, v);
        text_ += '"';
    }
    void value(int64_t v) { comma(), text_ += std::to_string(v); }
    void value(bool v) { comma(), text_ += v ? "true" : "false"; }
    template <typename T>
    void field(std::string_view k, T&& v) {
        key(k), value(v);
    }
    void time_field(std::string_view k, int64_t micros) {
        if (micros != kMinTime) field(k, std::string_view(time_text(micros)));
    }
    std::string take() { return std::move(text_); }

  private:
    void comma() {
        if (!first_) text_ += ',';
        first_ = false;
    }
    std::string text_;
    bool first_ = true;
};

void write_lines(JsonText& json, const std::vector<LedgerLine>& lines) {
    json.key("ledger"), json.open('[');
    for (auto& l : lines) {
        json.open('{');
        json.field("source", std::string_view(l.source)), json.field("into", std::string_view(l.branch));
        json.field("consumed", l.consumed), json.field("applied", l.applied), json.field("filtered", l.filtered);
        json.field("late", l.late), json.field("late_after_idle", l.late_after_idle);
        json.field("dead_letter", l.dead_letter), json.field("skipped", l.skipped), json.field("held", l.held);
        json.close('}');
    }
    json.close(']');
}

void write_operators(JsonText& json, const std::vector<OperatorFigures>& operators) {
    json.key("operators"), json.open('[');
    for (auto& o : operators) {
        json.open('{');
        json.field("name", std::string_view(o.name)), json.field("insert", std::string_view(o.insert));
        json.field("rows_in", o.rows_in), json.field("rows_out", o.rows_out), json.field("late", o.late);
        json.field("row_errors", o.row_errors);
        if (o.stateful) {
            json.field("state_rows", o.state_rows), json.field("state_bytes", o.state_bytes);
            json.field("peak_state_rows", o.peak_state_rows), json.field("peak_state_bytes", o.peak_state_bytes);
        }
        json.time_field("watermark", o.watermark);
        if (o.cpu_nanos >= 0) json.field("cpu_nanos", o.cpu_nanos);
        json.close('}');
    }
    json.close(']');
}

}  // namespace

std::string QueryReport::to_json() const {
    JsonText json;
    json.open('{');
    json.field("job", std::string_view(job));
    write_lines(json, lines);
    json.key("sources"), json.open('[');
    for (auto& s : sources) {
        json.open('{');
        json.field("name", std::string_view(s.name)), json.field("place", std::string_view(s.place));
        json.field("records", s.records), json.field("bytes", s.bytes), json.field("row_errors", s.row_errors);
        json.field("partitions", int64_t{s.partitions}), json.time_field("watermark", s.watermark);
        json.close('}');
    }
    json.close(']');
    write_operators(json, operators);
    json.key("sinks"), json.open('[');
    for (auto& s : sinks) {
        json.open('{');
        json.field("name", std::string_view(s.name)), json.field("rows", s.rows), json.field("rejected", s.rejected);
        json.close('}');
    }
    json.close(']');
    json.field("dead_letters", dead_letters), json.field("dead_letter_file", std::string_view(dead_letter_file));
    json.field("epochs", epochs), json.field("wall_micros", wall_micros), json.field("cpu_micros", cpu_micros);
    json.field("peak_memory_bytes", peak_memory_bytes);
    json.field("stopped", stopped), json.field("aborted", aborted), json.field("balanced", balanced());
    json.close('}');
    return json.take();
}

}  // namespace streamql
