//! From how many events within one hour on an archived issue escalates: a pure function of the
//! hours before.

/// Hours of the week that a limit is worked out from.
pub const ESCALATION_HOUR_COUNT: usize = 7 * 24;

/// How much worse than the busiest hour a young issue may get.
const YOUNG_FACTOR: u64 = 10;

/// More events than this within one hour are an escalation; `None`: the first one is.
///
/// * `hours`: events per hour of the days before, the last hour last; [`ESCALATION_HOUR_COUNT`] of
///   them, fewer when the issue is younger. Of more than that, the last ones count.
///
/// The hours that lie one day before those to come, that is of the same weekday a week ago, count
/// twice where the usual height is judged.
pub fn hour_max(hours: &[u64]) -> Option<u64> {
    let busiest = hours.iter().copied().max().unwrap_or(0);
    if busiest == 0 {
        return None;
    }
    let start = hours.len().saturating_sub(ESCALATION_HOUR_COUNT);
    let week = hours.get(start..).unwrap_or(hours);
    if week.len() < ESCALATION_HOUR_COUNT {
        return Some(busiest.saturating_mul(YOUNG_FACTOR));
    }
    let busiest = week.iter().copied().max().unwrap_or(0);
    (busiest > 0).then(|| of_week(week, busiest))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of hours stay far below 2^52; `as` saturates, and nothing here is negative"
)]
fn of_week(week: &[u64], busiest: u64) -> u64 {
    let values: Vec<f64> = week.iter().map(|count| *count as f64).collect();
    let count = values.len() as f64;
    let avg = values.iter().sum::<f64>() / count;
    let squares = values
        .iter()
        .map(|value| (value - avg).powi(2))
        .sum::<f64>();
    let std = (squares / (count - 1.0)).sqrt();
    // The day to come has the weekday of the first day of the week before.
    let same_day: f64 = values.iter().take(24).sum();
    let avg_of_day = (values.iter().sum::<f64>() + same_day) / (count + 24.0);
    let varies = std / avg;
    let factor = (5.0 * (-0.65 * varies).exp()).clamp(2.0, 5.0);
    let bursty = busiest as f64 * factor;
    let height = ((avg + 5.0 * std) / avg).clamp(5.0, 8.0);
    let spike = avg_of_day + height * avg;
    // A sum of many halves must not fall short of the whole number that it is.
    (spike.max(bursty) + 1e-9).floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hours: &[u64], expect: Option<u64>) {
        assert_eq!(hour_max(hours), expect, "{hours:?}");
    }

    #[test]
    fn the_same_every_hour() {
        check(&[10; 168], Some(60));
    }

    #[test]
    fn one_hour_of_the_week() {
        let mut hours = [0; 168];
        hours[100] = 168;
        check(&hours, Some(336));
    }

    #[test]
    fn working_hours() {
        let hour = |hour: usize| {
            if (9..=16).contains(&(hour % 24)) {
                20
            } else {
                2
            }
        };
        let hours: Vec<u64> = (0..168).map(hour).collect();
        check(&hours, Some(58));
    }

    #[test]
    fn a_new_issue() {
        check(&[7, 3, 1], Some(70));
        check(&[7], Some(70));
    }

    #[test]
    fn nothing_at_all() {
        check(&[0; 168], None);
        check(&[], None);
    }

    #[test]
    fn only_the_last_week_counts() {
        let mut hours = vec![1_000_000];
        hours.extend([10; 168]);
        check(&hours, Some(60));
    }
}
