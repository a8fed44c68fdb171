namespace Lodestone.Cli.Doctor;

/// <summary>How bad a <see cref="Finding"/> is.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, with less of something: speed, comfort, a feature.</summary>
    Warning,

    /// <summary>Something that Lodestone needs does not work.</summary>
    Broken,
}
