//! Which cases each engine runs: a rule that is added to a file of the suite is named here.

/// Everything that a [`crate::Ledger`] must do; see the file.
#[macro_export]
macro_rules! ledger_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, filing:
                i18_same_event_twice_counts_once,
                i18_same_event_in_two_projects_counts_in_both,
                i18_same_event_from_many_threads_counts_once,
                one_batch_new_repeated_duplicate,
                a_batch_of_several_projects,
                an_unknown_project_files_nothing,
                keys_lead_to_one_issue,
                keys_of_another_version_do_not_match,
                a_key_of_a_version_before_finds_the_issue,
                numbers_count_per_project,
                the_first_event_names_the_issue,
                an_event_brings_a_resolved_issue_back,
                times_come_from_events,
                a_new_key_from_two_threads_makes_one_issue,
            );
            $crate::suite_cases!($open, settling:
                i18_a_settled_event_is_known_by_the_archive,
                i18_duplicates_are_counted_as_such_and_replays_are_not,
                i18_a_settled_event_of_another_project_is_new,
                f01_an_event_that_never_reached_the_archive_is_not_counted_again,
                f01_records_that_were_set_aside_are_counted_once,
                f23_what_the_archive_cannot_take_is_quarantined_until_it_is_settled,
                f23_a_replay_that_the_archive_cannot_take_counts_nothing_twice,
                f23_what_the_archive_cannot_take_is_moved_within_its_hour_and_day,
                f01_another_spool_begins_anew,
                an_event_of_a_forgotten_issue_is_new_although_the_archive_has_it,
                leftovers_are_listed_and_settled,
                outcomes_are_counted_with_the_events,
            );
            $crate::suite_cases!($open, upkeep:
                i31_new_issues_are_bounded_per_project_and_hour,
                i31_a_replay_of_a_flood_decides_the_same,
                i31_a_discarded_flood_is_collected_anew,
                i31_a_clock_that_was_set_back_blocks_nobody,
                i32_many_values_take_little_room,
                i32_words_of_clients_are_bounded,
                old_outcomes_are_trimmed,
                old_hours_are_trimmed,
                the_clock_watch_is_remembered,
                cleanup_takes_tags_out_of_the_project,
                cleanup_takes_what_was_not_counted_by_name,
            );
            $crate::suite_cases!($open, counting:
                counts_are_exact_from_many_threads,
                i32_values_of_tags_are_bounded,
                i32_keys_of_tags_are_bounded,
                keys_of_an_issue_are_bounded,
                tags_and_fields_are_counted,
                hours_are_counted,
                cleanup_forgets_what_is_old,
                cleanup_of_one_logger,
                an_event_of_a_forgotten_issue_is_new_again,
            );
            $crate::suite_cases!($open, living:
                new_issues_become_ongoing,
                r26_an_older_release_leaves_it_resolved,
                r29_r31_the_next_release_follows_the_newest_version,
                r30_a_resolution_keeps_its_release,
                r33_an_event_of_before_the_resolve_changes_nothing,
                archived_until_more_events,
                archived_until_events_within_a_time,
                archived_until_more_users,
                archived_for_a_time,
                archived_until_escalating,
                priority_is_of_the_level_until_somebody_says_otherwise,
                w10_issues_of_another_project_are_not_changed,
            );
            $crate::suite_cases!($open, undoing:
                changes_are_undone,
                an_undo_takes_back_no_change_of_others,
                an_archiving_that_was_judged_anew_is_undone,
            );
            $crate::suite_cases!($open, trashing:
                deleted_issues_come_back_whole,
                discarded_issues_come_back,
                what_arrived_meanwhile_is_part_of_what_comes_back,
                a_resolved_issue_with_news_comes_back_open,
                who_is_gone_meanwhile_does_not_come_back,
                what_stays_deleted_goes_for_good,
                events_counted_before_a_deletion_are_not_counted_again,
            );
            $crate::suite_cases!($open, belonging:
                users_are_counted_once,
                many_users_are_estimated,
                releases_are_found_and_named,
                comments_are_written_changed_and_deleted,
                people_and_issues,
                issues_are_found_by_what_belongs_to_them,
            );
            $crate::suite_cases!($open, merging:
                r15_merged_issues_are_one,
                merged_issues_share_their_status,
                r15_an_unmerge_is_exact_and_stays,
                a_merge_is_undone,
                deleted_issues_begin_anew,
                discarded_issues_take_no_events,
            );
            $crate::suite_cases!($open, releases:
                r31_the_latest_release_is_what_the_next_one_follows,
                first_and_last_release_are_of_events_that_name_one,
                releases_are_listed_with_their_new_issues,
            );
            $crate::suite_cases!($open, surveying:
                projects_say_what_is_new,
                releases_say_what_happened_in_them,
                releases_of_projects_are_one_list,
                tags_are_surveyed,
                environments_are_hidden,
            );
            $crate::suite_cases!($open, deploying:
                commits_are_kept,
                deploys_are_kept,
            );
            $crate::suite_cases!($open, parts:
                a_search_finds_what_was_merged,
                merges_and_unmerges_wake_nothing,
                an_archived_part_waits_as_before,
                users_within_a_time_are_counted_once,
            );
            $crate::suite_cases!($open, splitting:
                r15_keys_leave_with_their_events,
                r15_a_split_is_exact_while_events_are_filed,
                r15_27_keys_leave_at_once,
                users_beyond_those_by_name_leave,
                a_split_goes_on_where_it_was_cut_off,
                a_split_waits_for_events_on_their_way,
                what_is_stored_no_more_stays_counted,
            );
            $crate::suite_cases!($open, parting:
                a_split_is_undone_and_done_again,
                an_unmerge_of_parts_is_undone,
                a_split_leaves_people_what_they_have,
                a_split_of_an_archived_issue_waits_on,
                what_is_deleted_is_not_split,
                keys_of_others_stay_where_they_are,
                r15_what_belongs_to_a_merge_is_offered,
                r24_what_joins_by_itself_is_told_and_undone,
            );
            $crate::suite_cases!($open, leaving:
                a_new_issue_without_events_is_as_old_as_the_other,
                an_old_issue_without_events_is_as_old_as_the_other,
                keys_of_a_part_leave_what_shows_it,
                a_new_issue_is_as_the_other_is_when_it_shows_up,
                a_split_does_not_wait_for_what_is_in_quarantine,
            );
            $crate::suite_cases!($open, finding:
                w10_issues_of_another_project_are_invisible,
                w26_texts_never_become_sql,
                sorts,
                filters,
                words_are_looked_for_in_title_and_culprit,
                paging_is_stable_while_issues_arrive,
                paging_goes_through_every_order,
                cursors_of_others_are_refused,
                limits_are_capped,
                status_is_set_and_counted,
            );
            $crate::suite_cases!($open, scoping:
                several_projects_are_one_list,
                lists_of_a_time_and_of_environments,
                an_order_by_users,
                an_order_by_what_happens_these_days,
                tabs_count_what_they_would_show,
                tabs_stop_counting,
            );
            $crate::suite_cases!($open, projects:
                organizations,
                projects_of_an_organization,
                keys_of_a_project,
                quotas_of_a_key,
                the_key_generation_grows_with_each_change,
                outcomes_add_up,
                outcomes_saturate,
                outcomes_are_summed,
                outcomes_of_no_project_are_summed,
                w10_keys_are_switched_within_their_project_only,
            );
            $crate::suite_cases!($open, renaming:
                organizations_are_renamed,
                projects_take_another_slug,
            );
            $crate::suite_cases!($open, saving:
                searches_are_saved_changed_and_deleted,
                a_shared_search_is_everybodys,
                a_person_has_one_default_search,
                a_search_is_saved_and_chosen_at_once_or_not_at_all,
                saved_searches_are_bounded,
                w10_searches_of_others_are_not_there,
                recent_searches_are_the_last_ones,
            );
            $crate::suite_cases!($open, joining:
                w10_members_are_of_one_organization,
                an_organization_keeps_an_owner,
                w21_an_invite_works_once_for_one_person,
                w21_invites_of_who_is_removed_end,
                w19_sessions_are_listed_and_ended,
                w20_a_second_factor_is_used_once,
                sign_ins_are_remembered_and_bounded,
                deeds_are_noted_found_and_forgotten,
            );
            $crate::suite_cases!($open, exploring_saved:
                queries_are_saved_changed_and_deleted,
                w10_queries_of_others_are_not_there,
                dashboards_are_made_of_tiles,
                queries_and_dashboards_are_bounded,
                merged_issues_are_told,
            );
            $crate::suite_cases!($open, outside:
                strangers_see_an_issue_while_it_is_shared,
                w10_a_merged_issue_is_not_shared_any_more,
                tickets_are_linked_and_unlinked,
                tickets_are_bounded,
                values_of_a_tag_know_when_they_came,
                what_is_new_with_an_issue,
                issues_that_look_alike,
                who_deleted_an_issue_is_known,
                who_takes_part_is_subscribed,
                releases_since,
            );
            $crate::suite_cases!($open, people:
                users,
                sessions_end,
                a_new_password_ends_all_sessions,
                sessions_of_a_person_are_bounded,
                tokens,
                a_setup_link_works_once,
                a_newer_setup_link_replaces_the_older,
                a_setup_link_makes_one_user_of_many_threads,
            );
        }
    };
}

/// Everything that a [`crate::Archive`] must do; see the file.
#[macro_export]
macro_rules! archive_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, archive:
                an_event_reads_back_whole,
                i18_same_event_twice_is_kept_once,
                w10_events_of_another_project_are_invisible,
                w26_texts_never_become_sql,
                old_events_are_forgotten,
                old_events_of_one_logger_are_forgotten,
                events_of_issues_are_forgotten,
                appending_from_many_threads,
            );
            $crate::suite_cases!($open, keeping:
                known_events_are_recognised,
                an_event_is_where_it_was_kept_last,
                usage_is_counted_by_project,
                what_is_too_old_goes,
                what_is_too_much_goes_oldest_first,
                asking_while_events_are_kept_and_forgotten,
            );
            $crate::suite_cases!($open, listing:
                lists_show_the_newest_first,
                lists_filter,
                paging_is_stable_while_events_arrive,
                cursors_of_others_are_refused,
                neighbours_of_an_event,
                merged_issues_are_one_list,
                the_latest_of_many_issues,
                oldest_and_latest,
            );
            $crate::suite_cases!($open, exploring:
                events_are_counted_over_time,
                lists_are_of_several_projects_and_of_a_time,
                events_are_grouped,
                groups_are_ordered,
                groups_are_counted_over_time,
                merged_issues_are_one_group,
                what_is_looked_at_is_bounded,
                a_cut_between_two_windows_is_told,
                groups_of_one_event_are_bounded,
                what_is_in_the_trash_is_not_counted,
            );
        }
    };
}

/// Everything that a [`crate::Blobs`] must do; see the file.
#[macro_export]
macro_rules! blobs_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, blobs:
                bytes_read_back,
                the_same_bytes_are_kept_once,
                an_unknown_blob_is_none,
                a_deleted_blob_is_gone,
                putting_from_many_threads,
            );
        }
    };
}

/// One test per case of a module of the suite.
#[macro_export]
#[doc(hidden)]
macro_rules! suite_cases {
    ($open:expr, $module:ident: $($case:ident,)+) => {
        mod $module {
            use super::*;
            $(
                #[test]
                fn $case() {
                    let store = $open;
                    $crate::suite::$module::$case(&*store);
                }
            )+
        }
    };
}
