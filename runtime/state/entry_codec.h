// Writing and reading the bytes of a state entry.
//
// What: fixed-size values and length-prefixed bytes, back to back. Invariants: a reader never reads past its bytes;
// take says false there and gives nothing. Ownership: the writer's view lives until its next change; a reader's views
// are of the entry. Threading: none shared.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace streamql {

class EntryWriter {
  public:
    void clear() { bytes_.clear(); }
    template <typename T>
    void add(const T& v) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
    }
    /// Bytes whose end the reader knows: a fixed size, or the rest.
    void add_raw(std::string_view bytes) { bytes_.append(bytes); }
    void add_sized(std::string_view bytes) {
        add(static_cast<uint64_t>(bytes.size()));
        add_raw(bytes);
    }
    std::string_view bytes() const { return bytes_; }
    char* data() { return bytes_.data(); }
    size_t size() const { return bytes_.size(); }
    void cut(size_t size) { bytes_.resize(size); }

  private:
    std::string bytes_;
};

class EntryReader {
  public:
    explicit EntryReader(std::string_view bytes) : left_(bytes) {}
    template <typename T>
    bool take(T* v) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (left_.size() < sizeof *v) return false;
        std::memcpy(static_cast<void*>(v), left_.data(), sizeof *v);
        left_.remove_prefix(sizeof *v);
        return true;
    }
    bool take_raw(uint64_t size, std::string_view* bytes) {
        if (left_.size() < size) return false;
        *bytes = left_.substr(0, size);
        left_.remove_prefix(size);
        return true;
    }
    bool take_sized(std::string_view* bytes) {
        uint64_t size = 0;
        return take(&size) && take_raw(size, bytes);
    }
    std::string_view rest() const { return left_; }
    bool at_end() const { return left_.empty(); }

  private:
    std::string_view left_;
};

}  // namespace streamql
