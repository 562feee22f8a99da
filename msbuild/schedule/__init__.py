"""The parts of the scheduler: order and costs (pure), attempts, verdicts, job logs."""
