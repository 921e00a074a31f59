#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <partita/models/check.hpp>
#include <partita/models/numbered_object.hpp>
#include <partita/models/sequential_model.hpp>

namespace partita {

/// Which order of operations has to be kept by the one order that explains a history.
enum class kept_order : std::uint8_t {
    real_time,  ///< linearizability (Herlihy, Wing 1990): of any two that are not concurrent
    process     ///< sequential consistency (Lamport 1979): of any two of one process
};

/// What makes the search small. None changes a verdict; each can be switched off, to compare.
struct search_reductions {
    /// Each part of the history alone (Horn, Kroening 2015). Not for sequential consistency, which
    /// parts may have while the whole has not.
    bool partitions = true;
    /// An operation that is read-only and fits now is taken now, without branching.
    bool reads_at_once = true;
    /// An operation of unknown outcome is tried last, and only where it changes the state.
    bool unknown_last = true;
    /// Equal operations of unknown outcome are taken in the order of their invocations.
    bool equal_in_order = true;
    /// What took more operations of unknown outcome to get as far and to the same state is no
    /// better.
    bool fewer_unknown = true;
    /// What reads tell about the states around mutations.
    bool observations = true;
    /// Not before a short search has failed to decide: most are decided without.
    bool observe_late = true;
    /// Of several candidates that which responded first is tried first.
    bool first_responded = true;
};

struct search_options {
    search_reductions reductions;
    /// Look for the shortest illegal prefix, the evidence and words. It takes further searches.
    bool explain = true;
};

namespace detail {
[[nodiscard]] check_outcome check_order(const model_family&, kept_order, const client_history&,
                                        const check_bounds&, const search_options&);
}

namespace detail {
template <typename Model>
[[nodiscard]] std::optional<typename Model::state> stepped(Model& model,
                                                           const typename Model::state& from,
                                                           const client_operation& by) {
    if constexpr (requires { model.prepare(by); }) {
        const auto prepared = model.prepare(by);
        return model.step(from, prepared);
    } else {
        return model.step(from, by);
    }
}
}  // namespace detail

/// Whether one order of the operations, each taking effect at one point between its invocation and
/// its response, is what the model allows. Operations that failed are left out; those of unknown
/// outcome may take effect at any time after their invocation, or never.
/// Wing and Gong's search (1993) with Lowe's memory (2017).
template <sequential_model Model>
[[nodiscard]] check_outcome check_linearizable(const Model& model, const client_history& given,
                                               const check_bounds& bounds = {},
                                               const search_options& options = {}) {
    return detail::check_order(detail::family_of(model), kept_order::real_time, given, bounds,
                               options);
}

/// The same with no regard to time, but for that within each process.
template <sequential_model Model>
[[nodiscard]] check_outcome check_sequential(const Model& model, const client_history& given,
                                             const check_bounds& bounds = {},
                                             const search_options& options = {}) {
    return detail::check_order(detail::family_of(model), kept_order::process, given, bounds,
                               options);
}

/// A stock model by its name (`register`, `cas-register`, `kv`, `queue`, `set`, `counter`, `lock`).
/// An operation that it has no name for, or with a value of another shape, is an error.
[[nodiscard]] result<check_outcome> check_stock_model(std::string_view name, kept_order,
                                                      const client_history&,
                                                      const check_bounds& = {},
                                                      const search_options& = {});

/// Whether `witness` is an order of operations that was kept: each at most once, all with outcome
/// ok, none that failed.
[[nodiscard]] bool keeps_order(const client_history&, kept_order,
                               const std::vector<std::size_t>& witness);

/// Replays a witness operation by operation. It shares nothing with the search but the model.
template <sequential_model Model>
[[nodiscard]] bool replays(const Model& model, const client_history& given, kept_order order,
                           const std::vector<std::size_t>& witness) {
    if (!keeps_order(given, order, witness)) return false;
    std::map<history_value, std::pair<Model, typename Model::state>> parts;
    for (const std::size_t index : witness) {
        const client_operation& operation = given[index];
        history_value part;
        if constexpr (requires { model.partition(operation); }) part = model.partition(operation);
        auto& [own, now] = parts.try_emplace(part, model, model.initial()).first->second;
        auto next = detail::stepped(own, now, operation);
        if (!next) return false;
        now = *std::move(next);
    }
    return true;
}

}  // namespace partita
