// The operations of the registry in IR: checked arithmetic, comparisons, simple casts.
//
// NULLs: payloads are computed without a branch where nothing can trap; an error counts only where no argument is NULL.
#include "compiler/codegen/row.h"
#include "runtime/base/result.h"

namespace streamql::codegen {

namespace {

using V = llvm::Value*;

struct Operator {
    Row& row;
    Emit& e;
    llvm::IRBuilder<>& b;
    int site;
    V null;

    void fail(V condition, RowError error) {
        V counts = e.and_(condition, e.not_(null));
        if (Emit::is_false(counts)) return;
        SQ_CHECK(site >= 0, "an operation that can fail in an entry that is not fallible");
        row.fail_if(counts, error, site);
    }

    /// The value does not fit SMALLINT or INTEGER.
    V outside(V value, TypeKind kind) {
        if (kind != TypeKind::kSmallint && kind != TypeKind::kInteger) return e.bit(false);
        int64_t half = kind == TypeKind::kSmallint ? 1 << 15 : int64_t{1} << 31;
        return b.CreateICmpUGE(b.CreateAdd(value, e.int64(half)), e.int64(2 * half), "outside");
    }

    V checked(llvm::Intrinsic::ID id, V x, V y, TypeKind kind) {
        if (kind == TypeKind::kBigint) {
            V pair = b.CreateBinaryIntrinsic(id, x, y);
            fail(b.CreateExtractValue(pair, 1), RowError::kOverflow);
            return b.CreateExtractValue(pair, 0);
        }
        V r = id == llvm::Intrinsic::sadd_with_overflow   ? b.CreateAdd(x, y)
              : id == llvm::Intrinsic::ssub_with_overflow ? b.CreateSub(x, y)
                                                          : b.CreateMul(x, y);
        fail(outside(r, kind), RowError::kOverflow);
        return r;
    }

    V divide(V x, V y, TypeKind kind, bool modulo) {
        V zero = b.CreateICmpEQ(y, e.int64(0)), minus_one = b.CreateICmpEQ(y, e.int64(-1));
        fail(zero, RowError::kDivisionByZero);
        V safe = b.CreateSelect(e.or_(zero, minus_one), e.int64(1), y);
        if (modulo) return b.CreateSRem(x, safe);  // by 1 and by -1 alike: 0
        V lowest = b.CreateICmpEQ(x, e.int64(INT64_MIN));
        if (kind == TypeKind::kBigint) fail(e.and_(minus_one, lowest), RowError::kOverflow);
        V r = b.CreateSelect(minus_one, b.CreateSub(e.int64(0), x), b.CreateSDiv(x, safe));
        fail(outside(r, kind), RowError::kOverflow);
        return r;
    }

    V integer(Operation op, V x, V y, TypeKind kind) {
        switch (op) {
            case Operation::kAdd:
                return checked(llvm::Intrinsic::sadd_with_overflow, x, y, kind);
            case Operation::kSub:
                return checked(llvm::Intrinsic::ssub_with_overflow, x, y, kind);
            case Operation::kMul:
                return checked(llvm::Intrinsic::smul_with_overflow, x, y, kind);
            case Operation::kNeg:
                return checked(llvm::Intrinsic::ssub_with_overflow, e.int64(0), x, kind);
            case Operation::kDiv:
                return divide(x, y, kind, false);
            case Operation::kMod:
                return divide(x, y, kind, true);
            default:
                SQ_CHECK(false, "no integer operation");
                return nullptr;
        }
    }

    V infinite(V x) {
        return b.CreateFCmpOEQ(b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x),
                               llvm::ConstantFP::getInfinity(e.f64()));
    }

    V floating(Operation op, V x, V y, TypeKind kind) {
        V zero = llvm::ConstantFP::get(e.f64(), 0.0);
        if (op == Operation::kNeg) return b.CreateFNeg(x);
        if (op == Operation::kDiv)
            fail(e.and_(b.CreateFCmpOEQ(y, zero), b.CreateFCmpORD(x, x)), RowError::kDivisionByZero);
        V r = op == Operation::kAdd   ? b.CreateFAdd(x, y)
              : op == Operation::kSub ? b.CreateFSub(x, y)
              : op == Operation::kMul ? b.CreateFMul(x, y)
                                      : b.CreateFDiv(x, y);
        if (kind == TypeKind::kReal) r = b.CreateFPExt(b.CreateFPTrunc(r, b.getFloatTy()), e.f64());
        fail(e.and_(infinite(r), e.not_(e.or_(infinite(x), infinite(y)))), RowError::kOverflow);
        if (op == Operation::kMul) {
            V underflow = e.and_(b.CreateFCmpOEQ(r, zero), e.and_(b.CreateFCmpUNE(x, zero), b.CreateFCmpUNE(y, zero)));
            fail(underflow, RowError::kOverflow);
        }
        if (op == Operation::kDiv) {
            V underflow = e.and_(b.CreateFCmpOEQ(r, zero), e.and_(b.CreateFCmpUNE(x, zero), e.not_(infinite(y))));
            fail(underflow, RowError::kOverflow);
        }
        return r;
    }

    /// PostgreSQL's order of doubles: NaN equals itself and is greatest.
    V less(V x, V y) { return e.or_(b.CreateFCmpOLT(x, y), e.and_(b.CreateFCmpORD(x, x), b.CreateFCmpUNO(y, y))); }

    V compare_floats(Operation op, V x, V y) {
        switch (op) {
            case Operation::kLt:
                return less(x, y);
            case Operation::kGe:
                return e.not_(less(x, y));
            case Operation::kGt:
                return less(y, x);
            case Operation::kLe:
                return e.not_(less(y, x));
            default:
                break;
        }
        V equal = e.or_(b.CreateFCmpOEQ(x, y), e.and_(b.CreateFCmpUNO(x, x), b.CreateFCmpUNO(y, y)));
        return op == Operation::kEq ? equal : e.not_(equal);
    }

    static llvm::CmpInst::Predicate predicate(Operation op) {
        switch (op) {
            case Operation::kEq:
                return llvm::CmpInst::ICMP_EQ;
            case Operation::kNe:
                return llvm::CmpInst::ICMP_NE;
            case Operation::kLt:
                return llvm::CmpInst::ICMP_SLT;
            case Operation::kLe:
                return llvm::CmpInst::ICMP_SLE;
            case Operation::kGt:
                return llvm::CmpInst::ICMP_SGT;
            case Operation::kGe:
                return llvm::CmpInst::ICMP_SGE;
            default:
                SQ_CHECK(false, "no comparison");
                return llvm::CmpInst::ICMP_EQ;
        }
    }

    V compare(Operation op, Shape shape, const Value& x, const Value& y) {
        V present = e.not_(null);
        switch (shape) {
            case Shape::kBool: {
                V wide_x = b.CreateZExt(x.payload, e.i64()), wide_y = b.CreateZExt(y.payload, e.i64());
                return b.CreateICmp(predicate(op), wide_x, wide_y);
            }
            case Shape::kI64:
                return b.CreateICmp(predicate(op), x.payload, y.payload);
            case Shape::kF64:
                return compare_floats(op, x.payload, y.payload);
            case Shape::kStr:
                if (op == Operation::kEq) return emit_equal(row, shape, present, x, y);
                if (op == Operation::kNe) return e.not_(emit_equal(row, shape, present, x, y));
                break;
            case Shape::kInterval:
            case Shape::kDecimal:
                break;
        }
        auto order = [&]() -> Value {
            V c = shape == Shape::kStr ? e.call_abi("sq_compare_bytes", {x.payload, x.size, y.payload, y.size}, "order")
                  : shape == Shape::kDecimal ? e.call_abi("sq_compare_decimal", {x.payload, y.payload}, "order")
                                             : e.call_abi("sq_compare_interval", {x.payload, y.payload}, "order");
            return {e.bit(false), b.CreateICmp(predicate(op), c, e.int32(0)), nullptr};
        };
        return row.choose(present, "compare", order, [&] { return Value{e.bit(false), e.bit(false), nullptr}; })
            .payload;
    }
};

bool is_comparison(Operation op) { return op >= Operation::kEq && op <= Operation::kGe; }

}  // namespace

llvm::Value* emit_equal(Row& row, Shape shape, llvm::Value* present, const Value& x, const Value& y) {
    Emit& e = row.emit();
    auto never = [&] { return Value{e.bit(false), e.bit(false), nullptr}; };
    Operator o{row, e, e.b(), -1, e.not_(present)};
    if (shape != Shape::kStr) return o.compare(Operation::kEq, shape, x, y);
    // Equal sizes first; with a constant size, LLVM makes loads and compares out of bcmp.
    V same_size = e.and_(present, e.b().CreateICmpEQ(x.size, y.size, "same_size"));
    auto bytes = [&]() -> Value {
        V size = llvm::isa<llvm::Constant>(y.size) ? y.size : x.size;
        auto* type = llvm::FunctionType::get(e.i32(), {e.ptr(), e.ptr(), e.i64()}, false);
        V c = e.call("bcmp", type, {x.payload, y.payload, size}, "differ");
        return {e.bit(false), e.b().CreateICmpEQ(c, e.int32(0)), nullptr};
    };
    return row.choose(same_size, "compare_bytes", bytes, never).payload;
}

Value emit_operation(Row& row, const ScalarFunction& f, const plan::Call& call, const plan::Expr& x,
                     const std::vector<Value>& args, int site) {
    Emit& e = row.emit();
    const Type& type = call.args[0]->type;
    Shape shape = shape_of(type);
    V null = args[0].null;
    if (f.op != Operation::kCopy && args.size() > 1) null = e.or_(null, args[1].null);
    Operator o{row, e, e.b(), site, null};
    if (is_comparison(f.op)) return {null, o.compare(f.op, shape, args[0], args[1]), nullptr};
    V second = args.size() > 1 ? args[1].payload : nullptr;
    switch (f.op) {
        case Operation::kCopy: {
            Shape to = shape_of(x.type);
            if (type.kind == TypeKind::kNull) return null_value(e, to);
            if (shape == Shape::kBool && to == Shape::kI64)
                return {null, e.b().CreateZExt(args[0].payload, e.i64()), nullptr};
            SQ_CHECK(shape == to, "a copy that changes the form: " + f.symbol);
            return args[0];
        }
        case Operation::kIntToDouble:
            return {null, e.b().CreateSIToFP(args[0].payload, e.f64()), nullptr};
        case Operation::kNarrowInt:
            o.fail(o.outside(args[0].payload, x.type.kind), RowError::kOverflow);
            return {null, args[0].payload, nullptr};
        default:
            break;
    }
    if (shape == Shape::kF64) return {null, o.floating(f.op, args[0].payload, second, type.kind), nullptr};
    SQ_CHECK(shape == Shape::kI64 && type.is_integer(), "operation of " + f.symbol);
    return {null, o.integer(f.op, args[0].payload, second, type.kind), nullptr};
}

}  // namespace streamql::codegen
