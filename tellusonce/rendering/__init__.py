"""From stored notifications and reports to what others read."""
