namespace Lodestone.ApiServer.Selectors;

/// <summary>What a label selector asks of one label.</summary>
internal enum LabelOperator
{
    /// <summary>It has one of the values.</summary>
    In,

    /// <summary>It has none of the values, or is absent.</summary>
    NotIn,

    /// <summary>It is there.</summary>
    Exists,

    /// <summary>It is not there.</summary>
    DoesNotExist,

    /// <summary>It is a number above the value.</summary>
    Greater,

    /// <summary>It is a number below the value.</summary>
    Less,
}
