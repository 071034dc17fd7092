// Memory for large state in huge pages where the system has them: random access to hundreds of megabytes else waits for
// page walks.
//
// What: huge_allocate() gives 2 MiB-aligned memory and asks for huge pages; HugeAllocator does so for the large arrays
// of a vector and leaves small ones to the heap. Invariants: sizes are multiples of kHugePage; that the system gives
// small pages after all changes nothing but speed. Ownership: HugeMemory frees what it holds. Threading: as malloc.
#pragma once
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace streamql {

inline constexpr uint64_t kHugePage = uint64_t{2} << 20;

/// `bytes` is a multiple of kHugePage; free with std::free.
inline char* huge_allocate(uint64_t bytes) {
    void* const memory = std::aligned_alloc(kHugePage, bytes);
    if (!memory) throw std::bad_alloc();
    madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<char*>(memory);
}

struct FreeMemory {
    void operator()(char* memory) const { std::free(memory); }
};
using HugeMemory = std::unique_ptr<char, FreeMemory>;

template <typename T>
struct HugeAllocator {
    using value_type = T;
    HugeAllocator() = default;
    template <typename U>
    HugeAllocator(const HugeAllocator<U>&) {}
    T* allocate(size_t n) {
        const uint64_t bytes = n * sizeof(T);
        if (bytes < kHugePage) return static_cast<T*>(::operator new(bytes));
        return reinterpret_cast<T*>(huge_allocate((bytes + kHugePage - 1) / kHugePage * kHugePage));
    }
    void deallocate(T* p, size_t n) {
        if (n * sizeof(T) < kHugePage) return ::operator delete(p);
        std::free(p);
    }
    bool operator==(const HugeAllocator&) const { return true; }
};

}  // namespace streamql
