#include "runtime/base/append_file.h"

namespace streamql {

Status AppendFile::open(int64_t length) {
    auto opened = File::open(area_, path_, O_WRONLY | O_CREAT, "check that the folder exists and may be written");
    if (!opened) return opened.error();
    auto size = opened->size();
    if (!size) return size.error();
    if (*size < length)
        return Error{
            ErrorCode::kState,
            path_ + " holds " + std::to_string(*size) + " bytes, and the last commit says " + std::to_string(length),
            "it was changed or replaced from outside; put it back, or begin anew with another state folder", false};
    file_ = std::move(*opened);
    named_ = false;
    synced_ = -1;
    length_ = length;
    return file_.truncate(length);
}

Status AppendFile::append(std::string& bytes) {
    std::string_view rest = bytes;
    Status s = file_.write(rest);
    const size_t written = bytes.size() - rest.size();
    length_ += static_cast<int64_t>(written);
    bytes.erase(0, written);
    return s;
}

Result<int64_t> AppendFile::sync() {
    if (synced_ == length_) return length_;
    if (Status s = file_.sync(); !s) return s.error();
    if (!named_) {
        if (Status s = sync_folder(area_, folder_of(path_)); !s) return s.error();
        named_ = true;
    }
    synced_ = length_;
    return length_;
}

}  // namespace streamql
