namespace Lodestone.ApiServer.Patching;

/// <summary>A patch cannot be done on the object: a path is missing, a test does not hold, a list cannot be merged.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);
