// streamql: the command line. Parses flags, calls one command, gives its exit code.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>
#include <sstream>

#include "compiler/diagnostics/suggest.h"
#include "runtime/connectors/connector.h"
#include "runtime/connectors/generate/generator.h"
#include "tools/streamql/command.h"
#include "tools/streamql/output.h"

namespace {

using namespace streamql::cli;

void add_common(CLI::App* app, Common& c, bool runs) {
    app->add_option(
           "files", c.files,
           runs ? "SQL files, together one job; - is standard input" : "SQL files, each by itself; - is standard input")
        ->required();
    app->add_flag("--local", c.local,
                  "no servers: samples and generators in, files under streamql-out/ and the console out");
    app->add_option("--set", c.set, "KEY=VALUE, wins over SET in the script")->allow_extra_args(false);
    app->add_option("--disable-pass", c.disabled_passes, "leave out an optimizer pass")->allow_extra_args(false);
    if (!runs) return;
    app->add_option("--jit", c.jit, "tiered (O0 at once, O2 in the background), O0, O2, or off (the interpreter)")
        ->check(CLI::IsMember({"tiered", "O0", "O2", "off"}))
        ->envname("STREAMQL_JIT");
    app->add_flag("--no-cache", c.no_cache, "do not use the cache of compiled objects");
    app->add_flag("--gdb", c.gdb, "tell gdb about generated code");
    app->add_flag("--perf", c.perf, "tell perf about generated code");
}

void add_run(CLI::App& app, RunOptions& o) {
    auto* run = app.add_subcommand("run", "compile and run a script");
    add_common(run, o.common, true);
    run->add_option("--parallelism", o.parallelism, "worker threads (default: the cores)")
        ->check(CLI::Range(1, kMostWorkers));
    run->add_option("--state-dir", o.state_dir,
                    "folder of positions, state and dead letters (default: streamql-state beside the first file)");
    run->add_option("--until-idle", o.until_idle, "end, closing windows, when all sources were silent this long (10s)");
    run->add_flag("--quiet", o.quiet, "no status line, no ledger");
    run->add_flag("--json", o.json,
                  "the ledger and the figures of the end as one JSON object, the last line of stdout");
    run->add_option("--log-format", o.log_format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->envname("STREAMQL_LOG_FORMAT");
}

void add_explain(CLI::App& app, ExplainOptions& o) {
    auto* explain = app.add_subcommand("explain", "show what a script will do");
    add_common(explain, o.common, true);
    explain
        ->add_option("--stage", o.stage, "ast, logical, optimized, pipelines, ir, ir-opt or asm (default: optimized)")
        ->check(CLI::IsMember(streamql::stage_names()));
    explain->add_flag("--analyze", o.analyze, "run it, and show rows, state and CPU time per operator");
    explain->add_flag("--time-passes", o.time_passes, "how long each stage took");
}

/// Connectors that take events as they are, plain files and -.
std::vector<std::string> generate_targets() {
    std::vector<std::string> names;
    for (auto& c : streamql::connector_list())
        if (c.message_sink || c.place_option == "path") names.push_back(c.name);
    names.push_back("-");
    return names;
}

void add_generate(CLI::App& app, GenerateOptions& o) {
    auto* generate = app.add_subcommand("generate", "write the events of a generator");
    generate->add_option("name", o.name, "clicks, conversions ... (streamql list generators)")->required();
    generate->add_option("--to", o.to, "kafka, file or - (stdout); --topic or --path say it too")
        ->check(CLI::IsMember(generate_targets()));
    generate->add_option("--path", o.path, "the file to write");
    generate->add_option("--brokers", o.brokers, "Kafka's bootstrap servers")->envname("KAFKA_BROKERS");
    generate->add_option("--topic", o.topic, "the topic (default: the generator's name); made if it is missing");
    generate->add_flag("--truth", o.truth, "print the generator's ground truth instead of its events");
    for (auto& option : streamql::generator_options())
        generate->add_option_function<std::string>(
            "--" + option.name, [&o, key = option.name](const std::string& v) { o.options[key] = v; }, option.doc);
}

/// A message about "--jit: ..." whose value came from a variable names the variable.
std::string named_by_origin(const CLI::App& command, std::string message, int argc, char** argv) {
    for (auto* option : command.get_options()) {
        if (option->get_lnames().empty() || option->get_envname().empty()) continue;
        const std::string flag = "--" + option->get_lnames()[0];
        const char* value = std::getenv(option->get_envname().c_str());
        const bool written = std::any_of(argv, argv + argc, [&](const char* w) {
            return std::string_view(w) == flag || std::string_view(w).starts_with(flag + "=");
        });
        if (value && !written && message.starts_with(flag + ":"))
            message.replace(0, flag.size(), fmt::format("{}={}", option->get_envname(), value));
    }
    return message;
}

/// What is wrong with the command line, and how to mend it.
void explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    const CLI::App* command = &app;
    std::vector<std::string> names;
    for (auto* sub : app.get_subcommands({})) {
        names.push_back(sub->get_name());
        if (sub->parsed()) command = sub;
    }
    std::string message = error.what(), written, help;
    if (command == &app && argc > 1 && argv[1][0] != '-') {
        written = argv[1];
        message = fmt::format("there is no command \"{}\"", written);
    } else if (command != &app) {
        names.clear();
        for (auto* option : command->get_options())
            if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames()[0]);
        for (int i = 2; i < argc && written.empty(); ++i) {
            std::string word = argv[i];
            word = word.substr(0, word.find('='));
            if (word.starts_with("--") && std::find(names.begin(), names.end(), word) == names.end()) written = word;
        }
        if (!written.empty()) message = fmt::format("streamql {} has no flag {}", command->get_name(), written);
    }
    message = named_by_origin(*command, std::move(message), argc, argv);
    if (!written.empty()) help = streamql::did_you_mean(written, names);
    if (help.empty())
        help = command == &app ? fmt::format("commands: {}", fmt::join(names, ", "))
                               : fmt::format("streamql {} --help lists the flags", command->get_name());
    say("error: {}\nhelp: {}\n", message, help);
}

// Our bug ends with 70, as sysexits.h has it, and not with a signal.
void on_abort(int) { _exit(70); }

/// Parses, runs one command, gives its exit code; whether its output arrived is main()'s business.
int run_command(int argc, char** argv) {
    CLI::App app("Streaming SQL as native code.", "streamql");
    app.require_subcommand(1);
    app.set_version_flag("--version", "streamql 0.1.0");
    RunOptions run_options;
    ExplainOptions explain_options;
    Common check_options;
    GenerateOptions generate_options;
    std::string list_what;
    add_run(app, run_options);
    add_explain(app, explain_options);
    add_common(app.add_subcommand("check", "compile only: connects to nothing; exit 1 on an error"), check_options,
               false);
    add_generate(app, generate_options);
    app.add_subcommand("list", "what there is")
        ->add_option("what", list_what, "functions, connectors, formats, types, codes, settings, passes or generators")
        ->required()
        ->check(CLI::IsMember(
            {"functions", "connectors", "formats", "types", "codes", "settings", "passes", "generators"}));
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {  // --help, --version
        std::ostringstream out, err;
        const int code = app.exit(e, out, err);
        print_text(out.str());
        return code;
    } catch (const CLI::ParseError& e) {
        explain_usage(app, e, argc, argv);
        return static_cast<int>(streamql::ErrorCode::kUsage);
    }
    if (const char* dump = std::getenv("STREAMQL_DUMP")) run_options.common.dump = explain_options.common.dump = dump;
    if (app.got_subcommand("run")) return run(run_options);
    if (app.got_subcommand("explain")) return explain(explain_options);
    if (app.got_subcommand("check")) return check(check_options);
    if (app.got_subcommand("generate")) return generate(generate_options);
    return list(list_what);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGABRT, on_abort);
    prepare_streams();
    try {
        return end_output(run_command(argc, argv));
    } catch (const std::bad_alloc&) {
        return fail({streamql::ErrorCode::kOutside, "out of memory", "", false});
    }
}
