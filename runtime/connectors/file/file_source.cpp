#include "runtime/connectors/file/file_source.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>

#include "runtime/connectors/file/record_splitter.h"
#include "runtime/formats/csv_format.h"

namespace streamql {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& p) {
    std::string name = p.filename().string();
    return name.empty() || name[0] == '.' || name[0] == '_' || name.ends_with(".tmp");
}

/// The files that `path` names, in order of their names.
Result<std::vector<std::string>> list_files(const std::string& path) {
    std::vector<std::string> out;
    std::error_code ec;
    if (fs::is_directory(path, ec)) {
        for (fs::recursive_directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
            if (is_hidden(it->path())) {
                if (it->is_directory(ec)) it.disable_recursion_pending();
            } else if (it->is_regular_file(ec)) {
                out.push_back(it->path().string());
            }
        }
        if (ec) return Error{ErrorCode::kOutside, fmt::format("cannot list {}: {}", path, ec.message()), ""};
    } else if (path.find_first_of("*?[") != std::string::npos && !fs::exists(path, ec)) {
        glob_t found{};
        if (::glob(path.c_str(), 0, nullptr, &found) == 0)
            for (size_t i = 0; i < found.gl_pathc; ++i)
                if (!fs::is_directory(found.gl_pathv[i], ec)) out.emplace_back(found.gl_pathv[i]);
        ::globfree(&found);
    } else {
        out.push_back(path);
    }
    if (out.empty())
        return Error{ErrorCode::kOutside, fmt::format("no file matches {}", path), "check the option path"};
    std::sort(out.begin(), out.end());
    return out;
}

class FileReader final : public SplitReader {
  public:
    FileReader(std::unique_ptr<FileBytes> bytes, SplitterRules rules, uint32_t partition)
        : splitter_(std::move(bytes), rules), partition_(partition) {}

    /// Takes the first record as the names of the columns and finds every wanted one.
    Status read_header(const SourceSpec& source, const std::string& path) {
        std::vector<RawMessage> first;
        auto polled = splitter_.next_batch(1, first);
        if (!polled) return polled.error();
        if (first.empty()) return {};
        header_.assign(first[0].data, first[0].size);
        std::vector<std::string> names = csv_names(header_, csv_delimiter(source.options));
        for (auto& c : source.columns) {
            if (c.origin != ColumnOrigin::kRecord) continue;
            bool found = std::any_of(names.begin(), names.end(), [&](const std::string& n) {
                return n == c.column.name || (!c.exact_name && same_in_any_case(n, c.column.name));
            });
            if (!found)
                return Error{
                    ErrorCode::kOutside, fmt::format("{} has no column \"{}\"", path, c.column.name),
                    fmt::format("its first line is: {}; a file without names needs header = 'false'", header_)};
        }
        return {};
    }

    Result<Poll> poll(int64_t max, RawBatch& out) override {
        auto polled = splitter_.next_batch(max, messages_);
        if (!polled) return polled;
        if (!header_.empty())
            for (auto& m : messages_) {
                m.key = header_.data();
                m.key_size = static_cast<uint32_t>(header_.size());
            }
        out.messages = messages_.data();
        out.count = static_cast<int64_t>(messages_.size());
        out.partition = partition_;
        out.padded = true;
        return polled;
    }
    std::string position() const override { return std::to_string(splitter_.line()); }

  private:
    static bool same_in_any_case(std::string_view a, std::string_view b) {
        auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return low(x) == low(y); });
    }

    RecordSplitter splitter_;
    uint32_t partition_;
    std::string header_;
    std::vector<RawMessage> messages_;
};

class FileSource final : public Source {
  public:
    explicit FileSource(const SourceSpec& source) : source_(source), path_(source.options.text("path")) {}

    Result<std::vector<Split>> open(const SourcePositions&) override {
        auto files = list_files(path_);
        if (!files) return files.error();
        std::vector<Split> out;
        for (auto& f : *files) {
            auto bytes = open_file_bytes(f);  // what cannot be read is known before the job starts
            if (!bytes) return bytes.error();
            if (!bounded() && (f.ends_with(".gz") || f.ends_with(".zst")))
                return Error{ErrorCode::kOutside, fmt::format("cannot follow the packed file {}", f),
                             "follow = true reads plain files"};
            out.push_back({static_cast<uint32_t>(out.size()), f});
        }
        return out;
    }

    Result<std::unique_ptr<SplitReader>> reader(const Split& split) override {
        auto bytes = open_file_bytes(split.name);
        if (!bytes) return bytes.error();
        std::string format = source_.options.text("format");
        SplitterRules rules;
        rules.csv = format == "csv";
        rules.keep_empty = format == "raw";
        rules.follow = !bounded();
        if (source_.options.has("max_record_bytes")) rules.max_bytes = source_.options.bytes("max_record_bytes");
        auto reader = std::make_unique<FileReader>(std::move(*bytes), rules, split.partition);
        if (rules.csv && source_.options.boolean("header")) {
            Status s = reader->read_header(source_, split.name);
            if (!s) return s.error();
        }
        return std::unique_ptr<SplitReader>(std::move(reader));
    }

    bool bounded() const override { return !source_.options.boolean("follow"); }
    std::string place() const override { return path_; }

  private:
    SourceSpec source_;
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_file_source(const SourceSpec& source, const ConnectorContext&) {
    return std::unique_ptr<Source>(std::make_unique<FileSource>(source));
}

}  // namespace streamql
