"""What benchmarks run on: servers, pictures, workers, and clocks. None is a benchmark."""
