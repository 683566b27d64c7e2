"""Real questions with known answers, asked with a real model: `python -m benchmarks.dabench`."""
