#include "runtime/connectors/file/file_record.h"

#include <fmt/format.h>

#include <sstream>

namespace streamql {

// files 1 NEXT CLOSED {NUMBER LENGTH}* HAS_OPEN NUMBER LENGTH ROWS BYTES OPENED_AT PATH
std::string FileRecord::text() const {
    std::string out = fmt::format("files 1 {} {}", next, closed.size());
    for (const Part& part : closed) out += fmt::format(" {} {}", part.number, part.length);
    out += fmt::format(" {} {} {} {} {} {} ", has_open ? 1 : 0, open.number, open.length, rows, bytes, opened_at);
    return out + path;
}

Result<FileRecord> FileRecord::read(const std::string& text) {
    FileRecord record;
    std::istringstream in(text);
    std::string kind;
    int version = 0;
    size_t closed = 0;
    in >> kind >> version >> record.next >> closed;
    if (kind == "files" && version == 1 && closed <= text.size()) {
        record.closed.resize(closed);
        for (Part& part : record.closed) in >> part.number >> part.length;
        in >> record.has_open >> record.open.number >> record.open.length >> record.rows >> record.bytes >>
            record.opened_at;
        if (in && in.get() == ' ') {
            std::getline(in, record.path, '\0');
            return record;
        }
    }
    return Error{ErrorCode::kState, "the commit's record of a file sink cannot be read",
                 "begin anew with another state folder"};
}

}  // namespace streamql
