#include "compiler/jit/object_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace streamql::jit {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "streamql-object-1\n";

uint64_t hash(std::string_view bytes) {
    uint64_t h = 0xcbf29ce484222325;
    for (unsigned char c : bytes) h = (h ^ c) * 0x100000001b3;
    return h ^ (h >> 29);
}

void append(std::string& out, std::string_view part) {
    uint64_t size = part.size(), sum = hash(part);
    out.append(reinterpret_cast<const char*>(&size), 8);
    out.append(reinterpret_cast<const char*>(&sum), 8);
    out.append(part);
}

/// The next part of `in`, or nothing if it is cut short or changed.
std::optional<std::string_view> take(std::string_view& in) {
    uint64_t size, sum;
    if (in.size() < 16) return {};
    std::memcpy(&size, in.data(), 8);
    std::memcpy(&sum, in.data() + 8, 8);
    in.remove_prefix(16);
    if (in.size() < size) return {};
    std::string_view part = in.substr(0, size);
    in.remove_prefix(size);
    if (hash(part) != sum) return {};
    return part;
}

}  // namespace

fs::path ObjectCache::file_of(const std::string& key) const { return dir_ / fmt::format("{:016x}.o", hash(key)); }

std::optional<std::string> ObjectCache::find(const std::string& key) const {
    if (dir_.empty()) return {};
    std::ifstream in(file_of(key), std::ios::binary);
    if (!in) return {};
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::string_view rest = bytes;
    if (!rest.starts_with(kMagic)) return {};
    rest.remove_prefix(kMagic.size());
    auto stored_key = take(rest);
    if (!stored_key || *stored_key != key) return {};
    auto object = take(rest);
    if (!object || !rest.empty()) return {};
    std::error_code ignored;
    fs::last_write_time(file_of(key), fs::file_time_type::clock::now(), ignored);  // it was used now: see evict()
    return std::string(*object);
}

void ObjectCache::evict() const {
    struct File {
        fs::file_time_type used;
        uint64_t bytes;
        fs::path path;
    };
    std::vector<File> files;
    uint64_t total = 0;
    std::error_code error;
    const auto stale = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (fs::directory_iterator at(dir_, error), end; !error && at != end; at.increment(error)) {
        std::error_code gone;  // another process may evict too
        File f{at->last_write_time(gone), at->file_size(gone), at->path()};
        if (gone) continue;
        if (f.path.extension() == ".tmp" && f.used < stale) fs::remove(f.path, gone);  // its writer was killed
        if (f.path.extension() != ".o") continue;
        total += f.bytes;
        files.push_back(std::move(f));
    }
    std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
    for (auto f = files.begin(); f != files.end() && total > most_bytes_; ++f) {
        fs::remove(f->path, error);
        total -= f->bytes;
    }
}

void ObjectCache::put(const std::string& key, const std::string& object) const {
    if (dir_.empty()) return;
    std::error_code error;
    fs::create_directories(dir_, error);
    // What lies here is executed: nobody else may write it.
    fs::permissions(dir_, fs::perms::owner_all, error);
    if (error) return;
    static std::atomic<int> counter{0};
    fs::path beside = dir_ / fmt::format("{}.{}.tmp", getpid(), counter++);
    std::string bytes(kMagic);
    append(bytes, key);
    append(bytes, object);
    std::ofstream out(beside, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (out) fs::rename(beside, file_of(key), error);
    if (!out || error) fs::remove(beside, error);
    evict();
}

std::string build_identity() {
    struct stat s{};
    if (stat("/proc/self/exe", &s) != 0) return fmt::format("pid {}", getpid());
    return fmt::format("{}.{}.{}.{}", s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec, s.st_ino);
}

}  // namespace streamql::jit
