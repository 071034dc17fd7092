#include "runtime/connectors/file/file_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runtime/connectors/file/file_list.h"
#include "runtime/connectors/file/file_reader.h"
#include "runtime/formats/csv_format.h"

namespace streamql {
namespace {

bool is_packed(const std::string& path) { return path.ends_with(".gz") || path.ends_with(".zst"); }

class FileSource final : public Source {
  public:
    explicit FileSource(const SourceSpec& source) : source_(source), path_(source.options.text("path")) {}

    /// Files keep the partitions that they had; new ones get the next.
    Result<std::vector<Split>> open(const SourcePositions& resume) override {
        std::vector<Split> out;
        uint32_t next = 0;
        for (auto& [partition, text] : resume) {
            auto position = FilePosition::read(text);
            if (!position) return position.error();
            next = std::max(next, partition + 1);
            positions_[position->path] = {partition, *position};
        }
        auto files = list_files(path_);
        if (!files) return files.error();
        for (auto& f : *files) {
            auto found = positions_.find(f);
            out.push_back({found == positions_.end() ? next++ : found->second.partition, f});
            if (found != positions_.end()) found->second.listed = true;
        }
        for (auto& [path, known] : positions_)
            if (!known.listed && !known.position.done) return gone(known.position);
        for (auto& split : out) {
            auto bytes = open_bytes(split.name);
            if (!bytes) return bytes.error();
            if (is_pipe((*bytes)->file())) pipes_[split.name] = std::move(*bytes);
        }
        return out;
    }

    Result<std::unique_ptr<SplitReader>> reader(const Split& split) override {
        auto bytes = open_bytes(split.name);
        if (!bytes) return bytes.error();
        const FilePosition* resume = nullptr;
        if (auto found = positions_.find(split.name); found != positions_.end()) resume = &found->second.position;
        const SplitterRules rules = this->rules();
        auto reader = std::make_unique<FileReader>(split.name, rules, split.partition);
        const bool header = rules.csv && source_.options.boolean("header");
        if (Status s = reader->open(std::move(*bytes), resume, header ? &source_ : nullptr); !s) return s.error();
        return std::unique_ptr<SplitReader>(std::move(reader));
    }

    bool bounded() const override { return !source_.options.boolean("follow"); }
    std::string place() const override { return path_; }

  private:
    struct Known {
        uint32_t partition = 0;
        FilePosition position;
        bool listed = false;
    };

    SplitterRules rules() const {
        const std::string format = source_.options.text("format");
        SplitterRules rules;
        rules.csv = format == "csv";
        if (rules.csv) rules.delimiter = csv_delimiter(source_.options);
        rules.keep_empty = format == "raw";
        rules.follow = !bounded();
        if (source_.options.has("max_record_bytes")) rules.max_bytes = source_.options.bytes("max_record_bytes");
        return rules;
    }

    /// What cannot be read is known before the job starts. A pipe is opened once: its writer would see us leave.
    Result<std::unique_ptr<FileBytes>> open_bytes(const std::string& path) {
        if (auto pipe = pipes_.find(path); pipe != pipes_.end() && pipe->second) return std::move(pipe->second);
        if (!bounded() && is_packed(path))
            return Error{ErrorCode::kOutside, fmt::format("cannot follow the packed file {}", path),
                         "follow = true reads plain files"};
        auto bytes = open_file_bytes(path);
        if (!bytes) return bytes.error();
        if (auto found = positions_.find(path); found != positions_.end()) {
            const FilePosition& p = found->second.position;
            if (p.inode != 0 && !p.is_of((*bytes)->file(), is_packed(path))) {
                if (bounded() && !p.done) return changed(p);
                positions_.erase(found);  // another file under the old name, read from its start
            }
        }
        return bytes;
    }

    static Error gone(const FilePosition& p) {
        return {ErrorCode::kOutside,
                fmt::format("{} was read up to byte {} and is not there any more", p.path, p.place.offset),
                "put it back, or begin anew with another state folder"};
    }
    static Error changed(const FilePosition& p) {
        return {ErrorCode::kOutside,
                fmt::format("{} was read up to byte {} and is another file now", p.path, p.place.offset),
                "put it back, or begin anew with another state folder"};
    }

    SourceSpec source_;
    std::string path_;
    std::map<std::string, Known> positions_;
    std::map<std::string, std::unique_ptr<FileBytes>> pipes_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_file_source(const SourceSpec& source, const ConnectorContext&) {
    return std::unique_ptr<Source>(std::make_unique<FileSource>(source));
}

}  // namespace streamql
