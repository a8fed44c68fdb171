namespace Lodestone.ApiServer.Registry;

/// <summary>What a write does about fields that are unknown or stand twice.</summary>
internal enum FieldValidation
{
    /// <summary>Drop them silently.</summary>
    Ignore,

    /// <summary>Drop them with a warning.</summary>
    Warn,

    /// <summary>Refuse the request.</summary>
    Strict,
}
