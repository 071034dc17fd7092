// Object code on disk, so that a query seen before starts at full speed.
//
// What: one file an object, named by a hash of its key; the file holds the whole key, so that a hash collision is a
// miss and not wrong code. Files are written beside and renamed; a file that is not whole is a miss; I/O errors are
// misses. Threading: any thread, any process.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace streamql::jit {

class ObjectCache {
  public:
    explicit ObjectCache(std::filesystem::path dir) : dir_(std::move(dir)) {}
    std::optional<std::string> find(const std::string& key) const;
    void put(const std::string& key, const std::string& object) const;
    std::filesystem::path file_of(const std::string& key) const;

  private:
    std::filesystem::path dir_;  ///< empty: everything is a miss
};

/// Tells one build of this program from another.
std::string build_identity();

}  // namespace streamql::jit
