"""What `make bench` measures. Figures are ratios taken in one run on one machine."""
