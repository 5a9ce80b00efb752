//! Mobile numbers: every record number has one of its own, in a range that its country's plan assigns to mobiles.

use super::names::{
    DUTCH, ENGLISH, FRENCH, GERMAN, INDIAN, ITALIAN, JAPANESE, NIGERIAN, Names, PHILIPPINE, POLISH, PORTUGUESE,
    SINGAPOREAN, SOUTH_AFRICAN, SPANISH, SWEDISH, TURKISH,
};

/// A country whose customers write.
#[derive(Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub iso: &'static str,
    /// The calling code.
    pub code: u64,
    /// What people are called there.
    pub names: &'static Names,
    /// What stands between the calling code and the last seven digits. No such prefix begins another one of the
    /// country, so a number cut from or added to another number is never a third one.
    areas: &'static str,
    /// The smallest last seven digits.
    low: u64,
}

/// How many numbers each area has: the last seven digits have room for so many from every [`Country::low`] on.
const PER_AREA: u64 = 1 << 22;
/// A prime, so that it divides into no number of areas.
const STEP: u64 = 2_654_435_761;

/// The numbers of one data set.
#[derive(Debug)]
pub struct Numbers {
    /// Country, and calling code with area.
    areas: Vec<(&'static Country, u64)>,
    offset: u64,
}

/// A number in international form.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    /// Its country.
    pub country: &'static Country,
    /// All digits, calling code first.
    pub digits: u64,
}

impl Numbers {
    /// Another seed, another order of numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut areas = Vec::new();
        for country in COUNTRIES {
            for area in country.areas.split_ascii_whitespace() {
                let shift = 10_u64.pow(u32::try_from(area.len()).unwrap_or(0));
                areas.push((country, country.code * shift + area.parse().unwrap_or(0)));
            }
        }
        Self { areas, offset: super::draw::mix(seed) >> 32 }
    }

    /// How many records can have a number of their own.
    #[must_use]
    pub const fn capacity(&self) -> u64 {
        self.areas.len() as u64 * PER_AREA
    }

    /// The number of a record below the capacity.
    #[must_use]
    pub fn of(&self, row: u32) -> Number {
        let place = (u64::from(row) * STEP + self.offset) % self.capacity();
        let count = self.areas.len() as u64;
        let at = usize::try_from(place % count).unwrap_or(0);
        let (country, prefix) = self.areas[at];
        Number { country, digits: prefix * 10_000_000 + country.low + place / count }
    }
}

static COUNTRIES: &[Country] = &[
    Country {
        iso: "US",
        code: 1,
        low: 2_000_000,
        names: &ENGLISH,
        areas: "201 202 205 207 209 210 213 215 217 219 220 224 227 229 234 235 240 251 253 256 260 267 270 \
                276 281 301 303 305 307 309 312 314 316 317 319 321 324 326 327 330 332 336 337 341 347 351 353 360 \
                363 369 385 401 402 405 407 409 412 413 415 419 424 425 432 435 442 445 447 458 464 470 475 478 480 501 \
                503 505 507 509 512 515 516 518 530 534 540 541 557 561 563 567 570 572 574 580 585 586 602 605 607 609 \
                610 614 616 618 619 623 628 630 636 640 645 650 656 660 662 669 680 682 686 701 703 706 707 712 714 716 \
                718 719 724 726 728 731 732 737 740 747 754 757 762 765 770 771 773 775 781 786 801 803 805 808 812 813 \
                815 817 820 826 828 831 835 839 840 845 848 854 857 858 860 863 865 872 878 903 906 908 910 912 914 916 \
                918 919 925 929 931 936 937 940 943 947 949 951 954 959 971 973 975 979 984 986",
    },
    Country {
        iso: "CA",
        code: 1,
        low: 2_000_000,
        names: &ENGLISH,
        areas: "204 226 236 250 257 289 306 354 365 368 382 403 418 428 437 438 450 474 506 519 548 579 \
                584 587 613 639 647 683 705 742 753 778 782 807 825 867 873 902 905",
    },
    Country {
        iso: "GB",
        code: 44,
        low: 0,
        names: &ENGLISH,
        areas: "710 711 712 713 715 716 717 718 720 721 722 723 725 726 727 729 730 731 732 734 735 736 737 \
                739 740 741 742 744 745 746 748 749 750 751 754 755 756 757 759 771 772 773 775 776 777 780 781 782 783 \
                785 786 787 788 790 792 793 794 796 797 798",
    },
    Country {
        iso: "DE",
        code: 49,
        low: 0,
        names: &GERMAN,
        areas: "1500 1501 1503 1504 1506 1507 1509 1510 1512 1513 1515 1517 1518 1520 1521 1523 1524 1526 1527 \
                1529 1551 1552 1554 1555 1557 1558 1560 1561 1563 1564 1566 1568 1569 1571 1572 1574 1575 1577 1578 1580 \
                1582 1583 1585 1586 1588 1589 1591 1592 1594 1595 1597 1599 160 163 170 172 173 175 176 178",
    },
    Country { iso: "FR", code: 33, low: 0, names: &FRENCH, areas: "60 61 62 63 64 65 66 67 68 73 74 75 76 77 78 79" },
    Country { iso: "ES", code: 34, low: 0, names: &SPANISH, areas: "60 61 62 63 64 65 66 67 68 69 71 72 73 74 78" },
    Country {
        iso: "IT",
        code: 39,
        low: 0,
        names: &ITALIAN,
        areas: "310 311 313 314 316 317 319 320 322 323 325 326 328 329 331 332 334 335 337 338 340 341 343 \
                344 346 347 349 350 352 353 355 356 358 359 361 362 364 365 367 368 370 371 373 374 376 377 379 380 382 \
                383 385 386 388 389 391 392 394 395 397 398",
    },
    Country {
        iso: "BR",
        code: 55,
        low: 0,
        names: &PORTUGUESE,
        areas: "1196 1198 1297 1396 1399 1498 1597 1696 1699 1798 1897 1996 1999 2198 2297 2496 2499 2798 2897 \
                3196 3199 3298 3397 3496 3499 3598 3797 3896 3899 4198 4297 4396 4399 4498 4597 4696 4699 4798 4897 4996 \
                4999 5198 5397 5496 5499 5598 6196 6199 6298 6397 6496 6499 6598 6697 6796 6799 6898 6997 7196 7199 7398 \
                7497 7596 7599 7798 7997 8196 8199 8298 8397 8496 8499 8598 8697 8796 8799 8898 8997 9196 9199 9298 9397 \
                9496 9499 9598 9697 9796 9799 9898 9997",
    },
    Country {
        iso: "MX",
        code: 52,
        low: 0,
        names: &SPANISH,
        areas: "220 227 236 247 275 285 312 322 329 337 345 354 372 382 389 413 422 429 438 446 454 462 471 \
                478 488 498 556 563 591 599 622 629 637 646 656 664 673 695 714 722 729 738 746 756 764 772 779 789 815 \
                824 834 846 870 892 918 933 958 966 983 991",
    },
    Country {
        iso: "IN",
        code: 91,
        low: 0,
        names: &INDIAN,
        areas: "600 603 607 614 619 628 636 640 649 669 688 692 695 699 703 707 719 723 727 735 738 743 747 \
                750 757 766 771 774 778 782 786 790 799 808 812 815 822 827 833 837 841 845 848 852 856 860 865 871 875 \
                881 886 890 895 899 902 906 910 914 917 921 925 928 932 936 940 943 947 951 955 958 962 966 970 973 977 \
                981 985 988 992 996",
    },
    Country {
        iso: "JP",
        code: 81,
        low: 0,
        names: &JAPANESE,
        areas: "701 702 703 704 705 706 707 708 709 801 802 803 804 805 806 807 808 809 901 902 903 904 905 \
                906 907 908 909",
    },
    Country { iso: "AU", code: 61, low: 0, names: &ENGLISH, areas: "40 41 42 43 46 49" },
    Country {
        iso: "PH",
        code: 63,
        low: 0,
        names: &PHILIPPINE,
        areas: "905 906 907 909 910 912 914 916 917 919 920 922 923 925 926 928 929 930 932 933 935 936 938 \
                939 943 944 946 947 949 950 952 953 954 956 957 959 960 962 963 965 966 968 969 971 972 974 975 976 978 \
                979 983 985 987 988 991 992 994 995 997 998",
    },
    Country {
        iso: "NG",
        code: 234,
        low: 0,
        names: &NIGERIAN,
        areas: "701 703 704 705 706 707 708 709 710 711 712 713 714 715 716 717 718 719 720 721 722 723 724 \
                725 726 727 728 729 801 802 804 805 806 807 808 809 810 811 812 813 814 815 816 817 818 901 902 903 904 \
                905 906 907 908 909 911 912 913 914 915",
    },
    Country {
        iso: "ZA",
        code: 27,
        low: 0,
        names: &SOUTH_AFRICAN,
        areas: "60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 81 82 83 84",
    },
    Country {
        iso: "TR",
        code: 90,
        low: 0,
        names: &TURKISH,
        areas: "500 501 502 503 504 505 506 507 508 509 510 516 524 530 531 532 533 534 535 536 537 538 539 \
                540 541 542 543 544 545 546 547 548 549 550 551 552 553 554 555 556 557 558 559 562 564 572 574 575 594 \
                596",
    },
    Country { iso: "SG", code: 65, low: 0, names: &SINGAPOREAN, areas: "9" },
    Country { iso: "NL", code: 31, low: 0, names: &DUTCH, areas: "61 62 63 64 65 68" },
    Country { iso: "PL", code: 48, low: 0, names: &POLISH, areas: "45 50 51 53 57 60 66 69 72 73 78 79 88" },
    Country {
        iso: "CO",
        code: 57,
        low: 0,
        names: &SPANISH,
        areas: "300 301 302 303 304 305 310 311 312 313 314 315 316 317 318 319 320 321 322 323 350 351",
    },
    Country { iso: "SE", code: 46, low: 0, names: &SWEDISH, areas: "70 72 73 76 79" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::phone::lookup;
    use std::collections::HashSet;

    #[test]
    fn numbers_are_e164_and_differ() {
        let numbers = Numbers::new(3);
        let made: Vec<_> = (0..50_000).map(|row| numbers.of(row).digits).collect();
        assert!(made.iter().all(|digits| crate::tables::phone::is_e164(&format!("+{digits}"))));
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        assert!(numbers.capacity() > 1 << 31);
    }

    #[test]
    fn numbers_are_assigned_to_their_country_and_can_receive_texts() {
        let numbers = Numbers::new(5);
        for row in 0..200_000 {
            let Number { country, digits } = numbers.of(row);
            let found = lookup(digits.to_string().as_bytes()).unwrap();
            assert_eq!(found.region.name(), country.iso, "{digits}");
            assert!(!found.shared || !matches!(country.iso, "US" | "CA"), "{digits}");
            assert!(found.kind.is_textable(), "{digits} {found:?}");
        }
    }

    #[test]
    fn no_prefix_begins_another() {
        let numbers = Numbers::new(0);
        let mut prefixes: Vec<_> = numbers.areas.iter().map(|(_, prefix)| prefix.to_string()).collect();
        prefixes.sort_unstable();
        assert!(prefixes.windows(2).all(|pair| !pair[1].starts_with(&pair[0])));
    }

    #[test]
    fn american_numbers_without_their_code_are_no_other_numbers() {
        let numbers = Numbers::new(0);
        let prefixes: Vec<_> = numbers.areas.iter().map(|(_, prefix)| prefix.to_string()).collect();
        let short = prefixes.iter().filter(|prefix| prefix.len() == 3).collect::<Vec<_>>();
        assert!(!short.is_empty());
        assert!(short.iter().all(|short| !prefixes.contains(&format!("1{short}"))));
    }
}
