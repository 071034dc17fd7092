// Random typed expressions out of the registry.
#pragma once
#include <map>
#include <random>

#include "compiler/functions/registry.h"
#include "compiler/plan/expression.h"

namespace streamql::test {

class ExpressionGenerator {
  public:
    ExpressionGenerator(std::vector<Type> columns, uint64_t seed);
    plan::ExprPtr make(const Type& type, int depth);
    const Type& any_type();
    /// The types that columns may have: every physical form, every width of integer.
    static const std::vector<Type>& types();

  private:
    plan::ExprPtr leaf(const Type& type);
    plan::ExprPtr call(const Type& type, int depth);
    plan::ExprPtr cast(const Type& type, int depth);
    plan::ExprPtr control(const Type& type, int depth);
    std::vector<Type> columns_;
    std::mt19937_64 random_;
    std::map<TypeKind, std::vector<const ScalarFunction*>> by_result_;
};

}  // namespace streamql::test
