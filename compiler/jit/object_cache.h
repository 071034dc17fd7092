// Object code on disk, so that a query seen before starts at full speed.
//
// What: one file an object, named by a hash of its key; the file holds the whole key, so that a hash collision is a
// miss and not wrong code. Files are written beside and renamed; a file that is not whole is a miss; I/O errors are
// misses. The folder is bounded: what was used least recently goes first. Threading: any thread, any process.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace streamql::jit {

class ObjectCache {
  public:
    static constexpr uint64_t kMostBytes = 256 << 20;

    explicit ObjectCache(std::filesystem::path dir, uint64_t most_bytes = kMostBytes)
        : dir_(std::move(dir)), most_bytes_(most_bytes) {}
    std::optional<std::string> find(const std::string& key) const;
    void put(const std::string& key, const std::string& object) const;
    std::filesystem::path file_of(const std::string& key) const;

  private:
    void evict() const;

    std::filesystem::path dir_;  ///< empty: everything is a miss
    uint64_t most_bytes_;
};

/// Tells one build of this program from another.
std::string build_identity();

}  // namespace streamql::jit
