// The package's worker in a browser without the origin private file system.

delete StorageManager.prototype.getDirectory;
await import("/package/worker.js");
