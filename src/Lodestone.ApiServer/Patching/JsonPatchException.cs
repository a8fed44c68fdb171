namespace Lodestone.ApiServer.Patching;

/// <summary>An operation of a JSON Patch cannot be done on the object: a path is missing, a test does not hold.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);
