//! Each scenario runs on SQLite and on a real PostgreSQL server.

mod actions;
mod changes;
mod events;
mod identities;
mod journal;
mod registry;
mod reviews;
mod rollouts;
mod samples;

use countersign_store::Store;
use countersign_test_support::Postgres;

use actions::*;
use changes::*;
use events::*;
use identities::*;
use registry::*;
use reviews::*;
use rollouts::*;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let folder = tempfile::tempdir().unwrap();
                    let url = format!("sqlite://{}/countersign.db", folder.path().display());
                    let store = super::Store::connect(&url).await.unwrap();
                    super::$name(&store).await;
                    store.close().await.unwrap();
                }
            )*
        }

        /// One server for all of them, a database each.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres() {
            let server = Postgres::start().await.unwrap();
            $(
                let url = server.create_database(stringify!($name)).await.unwrap();
                let store = Store::connect(&url).await.unwrap();
                $name(&store).await;
                store.close().await.unwrap();
            )*
        }
    };
}

scenarios![
    a_link_signs_in_once,
    sessions_end_idle_and_in_any_case,
    disabling_a_person_ends_everything,
    the_last_admin_stays,
    names_are_unique_among_what_is_there,
    what_edges_must_know_raises_the_revision,
    a_bundle_holds_what_is_valid,
    versions_are_numbered_and_immutable,
    a_join_token_enrolls_one_edge,
    a_review_needs_its_quorum,
    one_deny_ends_a_review,
    a_decision_is_on_what_was_seen,
    an_approval_is_used_once,
    reviews_expire,
    a_review_is_its_edges_own,
    events_arrive_exactly_once,
    racing_batches_are_stored_once,
    a_broken_chain_is_refused,
    sessions_are_summed_up,
    masks_are_counted_when_they_happen,
    a_session_is_replayed_in_pages,
    sessions_are_found,
    odd_names_are_stored,
    a_killed_edge_leaves_no_session_open,
    a_change_leaves_its_policy_set_behind,
    another_admin_approves,
    what_changed_since_is_not_approved,
    a_canary_is_promoted_and_rolled_back,
    a_policy_set_is_restored_whole,
    rollbacks_go_further_back,
    documents_are_versioned,
    signatures_come_with_the_bundle,
    limits_are_split_among_edges,
    a_canary_is_taken_back_once,
    few_decisions_take_nothing_back,
    a_restarted_edge_counts_on,
    an_action_is_found_by_its_id,
    who_acted_is_known_for_every_record,
    a_span_is_read_batch_by_batch,
    replays_are_kept,
];
