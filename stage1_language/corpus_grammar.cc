// The free part of the built-in corpus as an editable grammar: stories, other wordings of the facts, free questions.
// (The facts and questions of the tasks themselves are made by core/text/sentences.h.) One template a line:
//   $A $B $C     the people of the sentence, all different      $he $him $his   pronouns of $A
//   $category    a word of that category of the lexicon, not met before in the sentence (digits may repeat)
//   <group>      a template of that group; groups form no cycle
//   a            becomes "an" where the next word wants it
// Nothing here follows from other sentences of a document, so no answer to a task can be read off.
#include "stage1_language/corpus_grammar.h"

namespace trivium {

const char kCorpusGrammar[] = R"(
story: <clause> .
story: <clause> .
story: <clause> and <act> .
story: <clause> , and then $B <act> .
story: <clause> but $B <act> .
story: <clause> because $B <act> .
story: when $A <act> , $B <act> .
story: after $A <act> , $he <act> .
story: before $B <act> , $A <act> .
story: while $B <act> , $A $feeling .
story: in the $time <clause> .
story: one $time , <clause> .
story: $adverb <clause> .
story: if $A <act> then $B <act> .
story: there was a $adjective $animal near the $place .
story: the $animal of $A $travel under the $adjective $thing .
story: the $thing was $adjective and the $place was $adjective .
story: the $thing of $A was in the $place .
story: the $thing was on the $adjective $thing .
story: every $time the $animal $travel over the $place .
story: nobody $travel to the $place in the $time .
story: some of them $travel with $A to the $place .
story: everyone in the $place $feeling .
story: $A said yes and $feeling .
story: $A asked $B , but $B said no .
story: yes , <clause> .
story: no , $A had only a $adjective $thing .
story: the way to the $place was unknown to $A .
story: $A is unknown in the $place .
story: who $action the $thing is unknown .
story: $A met nobody in the $place .
story: if someone <act> , $A <act> .
story: what $A $action was a $adjective $thing .
story: at the $place $A <act> , as did $B .

follow: $he <act> .
follow: $he <act> and <act> .
follow: then $he <act> .
follow: but $he was $attribute , so $he <act> .
follow: $his $relation <act> .
follow: $his $thing was $adjective .
follow: $B $deed $him $adverb .
follow: $B <act> for $him .
follow: soon $he was $attribute again .
follow: it was a $adjective $time and $he <act> .
follow: $he and $B $travel into the $place .
follow: they <act> , and it was $adjective .
follow: she and he <act> .

clause: $A <act>
clause: $A <act>
clause: $A $adverb <act>
clause: both $A and $B <act>
clause: $A was $attribute and <act>
clause: the $attribute $relation of $A <act>
clause: the $relation of $A <act>
clause: a $attribute $relation <act>

act: $travel to the $place
act: $adverb $travel to the $place
act: $travel from the $place to the $place
act: $travel into the $adjective $place
act: $action the $thing
act: $action a $adjective $thing
act: $action a $thing for $C
act: $action the $thing in the $place
act: $action the $thing at the $adjective $place
act: $deed $C
act: $deed the $animal
act: $deed $C in the $time
act: $feeling
act: $feeling $adverb
act: $feeling at the $place
act: $feeling about the $thing
act: had a $adjective $animal
act: was at the $place with $C

reword: $A has a $relation . the $relation is $B .
reword: $A has a $relation . it is $B .
reword: $A has a $relation , who is $B .
reword: $A has $B for a $relation .
reword: $A has only one $relation , and $he was $attribute .
reword: $B is the $relation of $A .
reword: $B was a $relation of $A once .
reword: $B , the $relation of $A , <act> .
reword: $A is the $relation of $B and the $relation of $C .
reword: the $relation of $A is not $B .
reword: the $relation of $A was $B , but now it is $C .
reword: the $relation of $A and the $relation of $B <act> .
reword: $A is $attribute and $attribute .
reword: $A is $attribute but not $attribute .
reword: $A is not $attribute , but $B is .
reword: $A was $attribute before and is $attribute now .
reword: $A and $B are $attribute .
reword: both $A and $B were $attribute .
reword: $A is still $attribute .
reword: $A is never $attribute .
reword: the $relation of $A is $attribute .
reword: $A has a $attribute $relation .
reword: everyone who is $attribute is $attribute .
reword: everyone who is not $attribute is also $attribute .
reword: whoever is $attribute is not $attribute .
reword: if someone is $attribute , they are also $attribute .
reword: someone is $attribute because they are $attribute .
reword: they are $attribute if they are not $attribute .
reword: $A was $comparative than $B .
reword: $A is $comparative and $comparative than $B .
reword: $A is $comparative but not $comparative than $B .
reword: $A is not $comparative than $B .
reword: $A is the $comparative one .
reword: of $A and $B , $A is the $comparative one .
reword: nobody is $comparative than $A .
reword: $A <act> because $he is $comparative .
reword: the $relation of $A is $comparative than the $relation of $B .
reword: the $operator of $digit and $digit is $digit .
reword: $digit $operator $digit makes $digit .
reword: with $digit and $digit the $operator makes $digit .
reword: $A made $digit of $digit $operator $digit .
reword: there is a way from $square to $square .
reword: $A can move from $square to $square .
reword: $A can go to $square but cannot go to $square .
reword: $A went from $square to $square and wins .
reword: $A cannot move , so $he loses .
reword: whoever wins is best .
reword: the best move of $A was from $square to $square .

ask: who is the $relation of $A ?
ask: who is the $relation of the $relation of $A ?
ask: who is the $relation of the $relation of the $relation of $A ?
ask: is $B the $relation of $A ?
ask: what is the $relation of $A ?
ask: is $A $attribute ?
ask: is $A not $attribute ?
ask: who is $attribute ?
ask: is $A $comparative than $B ?
ask: who is $comparative , $A or $B ?
ask: what is $digit $operator $digit ?
ask: what is the best move from $square ?
ask: can you go from $square to $square ?
ask: who wins ?
ask: who loses if $A cannot move ?
ask: where was $A in the $time ?
ask: where was the $adjective $thing ?
ask: who $action the $thing ?
ask: who $deed $A ?
ask: why was $A $attribute ?
ask: why did the $animal move ?
ask: what was in the $adjective $thing ?
)";

}  // namespace trivium
