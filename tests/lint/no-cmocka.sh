#!/bin/sh
# SPDX-License-Identifier: MIT
# Stands in the list where the unit tests would be, so that their absence shows.
echo "skipped: the unit tests need cmocka 1.1.5 or newer, which configure did not find"
exit 77
