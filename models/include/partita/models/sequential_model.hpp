#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <partita/models/client_history.hpp>

namespace partita {

/// What the rest of a history tells about one operation, whatever the order. Default: nothing.
/// A search refuses orders that disagree, and leaves no state that is still needed and cannot come
/// back. Wrong observations make wrong verdicts.
template <typename State>
struct observation {
    /// The only state in which it can take effect and answer as it did.
    std::optional<State> before;
    /// The only state that it can lead to, if it changes the state.
    std::optional<State> after;
    /// Where `after` is not known: whether it may lead to any state, or to none that is the
    /// `before` of another operation but those in `perhaps`.
    bool leads_anywhere = true;
    std::vector<State> perhaps;
};

namespace detail {

template <typename Model>
struct operation_of_model {
    using type = client_operation;
};
template <typename Model>
requires requires { typename Model::operation; }
struct operation_of_model<Model> {
    using type = typename Model::operation;
};
template <typename Model>
using operation_of = typename operation_of_model<Model>::type;

}  // namespace detail

/// A sequential specification: what operations do, one at a time. A plain value; it is copied, once
/// for each object of a history.
///
///     using state = ...;                   equality comparable and copyable
///     state initial() const;
///     std::optional<state> step(const state&, const client_operation&) const;
///
/// `step` gives the state that the operation leads to; nothing where it cannot answer what it
/// answered. Outcome `unknown`: the result means nothing; the operation may have any. `step` must
/// not look at positions or lines, nor at the process unless the model `looks_at_process`.
///
/// Each of these may be left out:
///
///     bool read_only(const client_operation&) const;
///         It changes no state whatever, going by what it is and what it answered. A write of the
///         value that is there already is not read-only.
///     history_value partition(const client_operation&) const;
///         Operations on different parts do not touch each other. Each part begins as `initial`.
///     std::vector<observation<state>> observe(const std::vector<client_operation>&) const;
///         For each operation (of outcome ok or unknown) of one part.
///     std::optional<history_value> answer(const state&, const client_operation&) const;
///         What it answers in that state: for explanations.
///     std::string describe(const state&) const;   "3", "[1, 2]": ends "can only be ..."
///     std::uint64_t hash(const state&) const;     default: of numbers, texts, ranges of these
///     static constexpr bool looks_at_process = true;
///     using operation = ...; operation prepare(const client_operation&);
///         A form that is quicker to step; the functions above, but partition, then get that.
template <typename Model>
concept sequential_model = std::copyable<Model> && std::copyable<typename Model::state> &&
    std::equality_comparable<typename Model::state> &&
    requires(const Model& model, const typename Model::state& state,
             const detail::operation_of<Model>& operation) {
    { model.initial() } -> std::convertible_to<typename Model::state>;
    { model.step(state, operation) } -> std::same_as<std::optional<typename Model::state>>;
};

/// The user's own class, run by one client after the other, as the model: copyable and comparable,
/// with `history_value apply(const client_operation&)`, which does what the operation says and
/// answers. An operation of outcome ok must answer the same. If the class has a function
/// `describe()`, explanations use it.
template <typename Object>
struct model_by_example {
    using state = Object;

    Object first = {};

    [[nodiscard]] state initial() const { return first; }
    [[nodiscard]] std::optional<state> step(const state& from,
                                            const client_operation& operation) const {
        std::optional<state> next = from;
        const history_value said = next->apply(operation);
        if (operation.outcome == response_kind::ok && said != operation.result) next.reset();
        return next;
    }
    [[nodiscard]] std::optional<history_value> answer(const state& from,
                                                      const client_operation& operation) const {
        state next = from;
        return next.apply(operation);
    }
    [[nodiscard]] std::string describe(const state& of) const requires requires {
        { of.describe() } -> std::convertible_to<std::string>;
    }
    { return of.describe(); }
    [[nodiscard]] std::uint64_t hash(const state& of) const requires requires {
        { of.hash() } -> std::convertible_to<std::uint64_t>;
    }
    { return of.hash(); }
};

/// The same, an object of its own for each key.
template <typename Object>
struct model_by_example_for_each_key : model_by_example<Object> {
    [[nodiscard]] history_value partition(const client_operation& operation) const {
        return operation.key;
    }
};

}  // namespace partita
