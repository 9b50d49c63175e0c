SELECT type FROM system.columns WHERE database = currentDatabase() AND table = 'settled_traces' AND name = 'calls'
