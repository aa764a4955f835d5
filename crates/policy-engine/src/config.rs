//! How wasmtime is set up: nothing of it is left to chance, and it fits the machine it runs on.

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use crate::{EngineOptions, error::EngineError, limits};

/// Bytes of a returned memory that are wiped rather than given back to the kernel.
const KEEP_RESIDENT: usize = 256 * 1024;
/// The same of a returned table.
const KEEP_TABLE_RESIDENT: usize = 16 * 1024;
/// Bytes of an instance's own state, which an interpreter's many functions make large.
const MAX_INSTANCE_STATE: usize = 4 * 1024 * 1024;
/// Tables of one module of a component.
const MAX_MODULE_TABLES: u32 = 4;
/// Returned memories that stay warm.
const WARM_SLOTS: u32 = 32;
/// Where instances live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allocation {
    /// In a pool of slots, each with all addresses that 32 bits can name: no bounds checks.
    RoomyPool,
    /// In a pool of slots no larger than a policy's memory: bounds checks, few addresses.
    TightPool,
    /// Each on its own: slower, needs no address space in advance.
    OnDemand,
}

/// Makes the engine with the fastest allocation that this machine grants. A small address space, a
/// limit on it or an old kernel is no reason not to start.
pub(crate) fn engine(options: &EngineOptions) -> Result<Engine, EngineError> {
    let mut reason = String::new();
    for allocation in [
        Allocation::RoomyPool,
        Allocation::TightPool,
        Allocation::OnDemand,
    ] {
        match Engine::new(&config(options, allocation)) {
            Ok(engine) => {
                tracing::debug!(?allocation, "policy engine is ready");
                return Ok(engine);
            }
            Err(error) => {
                reason = format!("{error:#}");
                tracing::debug!(?allocation, %reason, "not available here");
            }
        }
    }
    Err(EngineError::Wasmtime { reason })
}

fn config(options: &EngineOptions, allocation: Allocation) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Policies are called and return: no async, no threads, no data structures for them.
        .concurrency_support(false)
        // The same verdict for the same action, bit for bit, on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        // Compiling keeps to the thread it was asked on, so that its priority is that thread's.
        .parallel_compilation(false)
        // A trap is a refusal with a code; nobody reads its addresses.
        .generate_address_map(false)
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(options.instances)
        .total_memories(options.instances)
        .total_core_instances(options.instances.saturating_mul(4))
        .total_tables(options.instances.saturating_mul(3))
        .max_core_instances_per_component(limits::MAX_CORE_INSTANCES)
        .max_memories_per_component(limits::MAX_MEMORIES)
        .max_tables_per_component(limits::MAX_TABLES)
        .max_tables_per_module(MAX_MODULE_TABLES)
        .max_memory_size(options.memory_bytes())
        .max_core_instance_size(MAX_INSTANCE_STATE)
        .max_component_instance_size(MAX_INSTANCE_STATE)
        .table_elements(limits::MAX_TABLE)
        .max_unused_warm_slots(WARM_SLOTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_TABLE_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    match allocation {
        Allocation::RoomyPool => {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        }
        Allocation::TightPool => {
            config
                .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
                .memory_reservation(options.memory_bytes() as u64)
                .memory_guard_size(0);
        }
        Allocation::OnDemand => {
            config
                .allocation_strategy(InstanceAllocationStrategy::OnDemand)
                .memory_reservation(options.memory_bytes() as u64)
                .memory_reservation_for_growth(0)
                .memory_guard_size(0);
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allocation_is_valid_here() {
        for allocation in [
            Allocation::RoomyPool,
            Allocation::TightPool,
            Allocation::OnDemand,
        ] {
            let engine = Engine::new(&config(&EngineOptions::default(), allocation));
            assert!(engine.is_ok(), "{allocation:?}: {:?}", engine.err());
        }
    }
}
