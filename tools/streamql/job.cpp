#include "tools/streamql/job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "runtime/connectors/connector.h"
#include "runtime/formats/decoder.h"
#include "runtime/time/timezone.h"
#include "tools/streamql/output.h"
#include "tools/streamql/status_line.h"

namespace streamql::cli {

namespace {

std::atomic<bool> stop_requested{false};
std::atomic<bool> rows_flow{false};  // until then there is no epoch to finish

void on_signal(int) {
    if (stop_requested.exchange(true)) _exit(130);
    if (rows_flow.load()) return;
    constexpr std::string_view kSaid = "stopped before the first record\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kSaid.data(), kSaid.size());
    _exit(0);
}

void install_signals() {
    struct sigaction action{};
    action.sa_handler = on_signal;
    for (int number : {SIGTERM, SIGINT, SIGHUP}) {
        struct sigaction inherited{};
        sigaction(number, nullptr, &inherited);
        if (inherited.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);  // nohup, or a shell's `&`
    }
}

void log_line(const std::string& line, const std::string& format) {
    if (format != "json") {
        say("{}\n", line);
        return;
    }
    std::string text;
    append_json_escaped(text, line);
    say("{{\"time\":\"{}\",\"message\":\"{}\"}}\n", time_text(Clock::system().now_micros()), text);
}

}  // namespace

namespace {

/// Flags over settings; empty if a flag is wrong, which has been said.
bool apply_flags(JobOptions& job, const RunOptions& options, bool analyze) {
    if (options.parallelism) job.parallelism = *options.parallelism;
    if (job.parallelism <= 0) job.parallelism = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (!options.state_dir.empty()) job.state_dir = options.state_dir;
    const std::string& first = options.common.files[0];
    if (job.state_dir.empty() && !options.common.local && first != "-")
        job.state_dir = std::filesystem::path(first).parent_path() / "streamql-state";
    job.keep_state = !options.common.local && first != "-" && !analyze;
    if (options.until_idle.empty()) return true;
    auto d = parse_duration(options.until_idle);
    if (d && *d > 0) {
        job.until_idle = *d;
        return true;
    }
    fail({ErrorCode::kUsage, fmt::format("--until-idle takes a duration like 10s, not \"{}\"", options.until_idle), "",
          false});
    return false;
}

/// The exit code of a job that an error ended.
int job_failed(const Error& error) {
    // `| head` has what it wanted; nobody needs to be told
    if (error.code == ErrorCode::kOutside && reader_gone() &&
        error.message.find("standard output") != std::string::npos)
        return kReaderGone;
    return fail(error);
}

}  // namespace

JobResult run_job(CompileResult& compiled, const RunOptions& options, bool analyze) {
    Program& program = *compiled.program;
    if (!apply_flags(program.job, options, analyze)) return {static_cast<int>(ErrorCode::kUsage), {}};
    const TimeZone* zone = find_timezone(program.job.timezone);
    if (!zone)
        return {fail({ErrorCode::kQuery, fmt::format("there is no time zone \"{}\"", program.job.timezone),
                      "write a name of the IANA database, e.g. Europe/Berlin", false}),
                {}};

    rows_flow.store(false);
    install_signals();
    StatusLine status(!options.quiet, [&](const std::string& line) { log_line(line, options.log_format); });
    QueryEnvironment environment;
    environment.find_connector = [](std::string_view name) { return find_connector(name); };
    environment.make_decoder = [](const SourceSpec& source) { return make_decoder(source); };
    environment.timezone = zone;
    environment.stop_requested = &stop_requested;
    environment.analyze = analyze;
    environment.on_status = [&](const StatusSnapshot& s) {
        rows_flow.store(true);
        status.show(s);
    };
    environment.log = [&](const std::string& line) {
        if (options.quiet && !rows_flow.load()) return;  // how it begins; what goes wrong later is said all the same
        status.clear();
        log_line(line, options.log_format);
    };

    if (options.common.files[0] == "-" && !options.common.local && !analyze)
        environment.log(fmt::format("job \"{}\": a script from standard input keeps no positions; begins at `start`",
                                    program.job.job));

    auto query = Query::create(program, std::move(environment));
    if (!query) return {fail(query.error()), {}};
    auto report = (*query)->run();
    status.clear();
    if (!report) return {job_failed(report.error()), {}};
    if (report->stopped && !report->aborted && !options.quiet)
        log_line(program.job.keep_state
                     ? "stopped; what is open is saved, and the job goes on there when it is started again"
                     : "stopped; nothing is kept: windows that were open gave no result, and the job begins at `start` "
                       "when it is started again",
                 options.log_format);
    return {report->aborted ? static_cast<int>(ErrorCode::kOutside) : 0, std::move(*report)};
}

std::string analysis_text(const QueryReport& report) {
    std::string s = fmt::format("{:<44} {:>12} {:>12} {:>8} {:>8} {:>12} {:>12} {:>10}\n", "operator", "rows in",
                                "rows out", "late", "errors", "peak rows", "peak bytes", "CPU ms");
    for (auto& o : report.operators)
        s += fmt::format("{:<44} {:>12} {:>12} {:>8} {:>8} {:>12} {:>12} {:>10}\n", o.name, o.rows_in, o.rows_out,
                         o.late, o.row_errors, o.stateful ? fmt::format("{}", o.peak_state_rows) : "-",
                         o.stateful ? fmt::format("{}", o.peak_state_bytes) : "-",
                         o.cpu_nanos < 0 ? "-" : fmt::format("{:.1f}", static_cast<double>(o.cpu_nanos) / 1e6));
    return s;
}

}  // namespace streamql::cli
